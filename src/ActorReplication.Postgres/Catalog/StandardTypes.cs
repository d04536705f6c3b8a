using System.Globalization;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Rows of pg_type for the types there are here: PostgreSQL 15's fixed facts, which drivers read or have compiled in.</summary>
internal static class StandardTypes
{
    /// <param name="Receive">typreceive's name; array_recv marks arrays for drivers.</param>
    internal sealed record Row(uint Oid, string Name, int Length, bool ByValue, string Kind, string Category, uint Element, uint Array, string Receive, string Input);

    // oid name length byval typtype category element array receive input
    private const string Text = """
        16 bool 1 1 b B 0 1000 boolrecv boolin
        17 bytea -1 0 b U 0 1001 bytearecv byteain
        18 char 1 1 b Z 0 1002 charrecv charin
        19 name 64 0 b S 18 1003 namerecv namein
        20 int8 8 1 b N 0 1016 int8recv int8in
        21 int2 2 1 b N 0 1005 int2recv int2in
        22 int2vector -1 0 b A 21 1006 int2vectorrecv int2vectorin
        23 int4 4 1 b N 0 1007 int4recv int4in
        24 regproc 4 1 b N 0 1008 regprocrecv regprocin
        25 text -1 0 b S 0 1009 textrecv textin
        26 oid 4 1 b N 0 1028 oidrecv oidin
        28 xid 4 1 b U 0 1011 xidrecv xidin
        30 oidvector -1 0 b A 26 1013 oidvectorrecv oidvectorin
        114 json -1 0 b U 0 199 json_recv json_in
        700 float4 4 1 b N 0 1021 float4recv float4in
        701 float8 8 1 b N 0 1022 float8recv float8in
        705 unknown -2 0 p X 0 0 unknownrecv unknownin
        1042 bpchar -1 0 b S 0 1014 bpcharrecv bpcharin
        1043 varchar -1 0 b S 0 1015 varcharrecv varcharin
        1082 date 4 1 b D 0 1182 date_recv date_in
        1083 time 8 1 b D 0 1183 time_recv time_in
        1114 timestamp 8 1 b D 0 1115 timestamp_recv timestamp_in
        1184 timestamptz 8 1 b D 0 1185 timestamptz_recv timestamptz_in
        1186 interval 16 0 b T 0 1187 interval_recv interval_in
        1266 timetz 12 0 b D 0 1270 timetz_recv timetz_in
        1700 numeric -1 0 b N 0 1231 numeric_recv numeric_in
        2205 regclass 4 1 b N 0 2210 regclassrecv regclassin
        2206 regtype 4 1 b N 0 2211 regtyperecv regtypein
        2249 record -1 0 p P 0 0 record_recv record_in
        2278 void 4 1 p P 0 0 void_recv void_in
        2950 uuid 16 0 b U 0 2951 uuid_recv uuid_in
        3220 pg_lsn 8 1 b U 0 3221 pg_lsn_recv pg_lsn_in
        3802 jsonb -1 0 b U 0 3807 jsonb_recv jsonb_in
        4089 regnamespace 4 1 b N 0 4090 regnamespacerecv regnamespacein
        """;

    public static readonly IReadOnlyList<Row> All = Build();

    private static List<Row> Build()
    {
        var rows = Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Read).ToList();
        // The vectors' own array types (1006, 1013) are of no use to anyone.
        var arrays = rows.Where(r => r.Array != 0 && r.Name is not ("int2vector" or "oidvector")).Select(r => new Row(r.Array, "_" + r.Name, -1, false, "b", "A", r.Oid, 0, "array_recv", "array_in")).ToList();
        return rows.Concat(arrays).OrderBy(r => r.Oid).ToList();
    }

    private static Row Read(string line)
    {
        var f = line.Split(' ');
        return new Row(Number(f[0]), f[1], int.Parse(f[2], CultureInfo.InvariantCulture), f[3] == "1", f[4], f[5], Number(f[6]), Number(f[7]), f[8], f[9]);
    }

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
}
