using System.Diagnostics;
using ActorReplication.Postgres.Tests.RealSql;
using Xunit;

namespace ActorReplication.Postgres.Tests.Clients;

/// <summary>Python's drivers and what stands on them, as Debian ships them, unmodified: each script says line by line what it got.</summary>
public sealed class PythonClients
{
    [FactWithPython("psycopg2")]
    public Task Psycopg2_has_its_types_its_errors_and_its_cursors() => SaysAsync("""
        import psycopg2, psycopg2.extras, datetime, decimal
        c = psycopg2.connect(host='127.0.0.1', port=port, user='postgres', dbname='postgres')
        k = c.cursor()
        k.execute('CREATE TABLE t (id serial PRIMARY KEY, n numeric(8,3), v varchar(9) CONSTRAINT named UNIQUE, d date, a int[], j jsonb)')
        k.execute('INSERT INTO t (n, v, d, a, j) VALUES (%s, %s, %s, %s, %s) RETURNING id, n, v, d, a, j', (decimal.Decimal('1.5'), "v'q", datetime.date(2024, 2, 29), [1, None], psycopg2.extras.Json({'a': 1})))
        print(k.fetchone())
        c.commit()
        try: k.execute("INSERT INTO t (v) VALUES ('v''q')")
        except psycopg2.errors.UniqueViolation as x: print(x.pgcode, x.diag.constraint_name)
        c.rollback()
        print(psycopg2.extras.execute_values(k, 'INSERT INTO t (v) VALUES %s RETURNING id', [('x',), ('y',)], fetch=True))
        k.execute('ALTER TABLE t ALTER COLUMN v TYPE text, ADD COLUMN at timestamptz NOT NULL DEFAULT now()')
        s = c.cursor('named'); s.itersize = 2; s.execute('SELECT v FROM t ORDER BY id'); print([r[0] for r in s])
        """, """
        (1, Decimal('1.500'), "v'q", datetime.date(2024, 2, 29), [1, None], {'a': 1})
        23505 named
        [(2,), (3,)]
        ["v'q", 'x', 'y']
        """);

    [FactWithPython("psycopg")]
    public Task Psycopg_pipelines_and_copies() => SaysAsync("""
        import psycopg
        c = psycopg.connect(f'host=127.0.0.1 port={port} user=postgres dbname=postgres', autocommit=True)
        c.execute('CREATE TABLE t (id int PRIMARY KEY, v text)')
        with c.cursor().copy('COPY t FROM STDIN') as copy:
            for i in range(3): copy.write_row((i, f'v{i}'))
        with c.pipeline():
            answers = [c.execute('SELECT v FROM t WHERE id = %s', (i,)) for i in range(3)]
        print([a.fetchone()[0] for a in answers])
        print(c.cursor(binary=True).execute('SELECT %b::int4 + 1, count(*), array_agg(v) FROM t', (1,)).fetchone())
        """, """
        ['v0', 'v1', 'v2']
        (2, 3, ['v0', 'v1', 'v2'])
        """);

    [FactWithPython("asyncpg")]
    public Task Asyncpg_prepares_copies_and_resets() => SaysAsync("""
        import asyncpg, asyncio
        async def main():
            c = await asyncpg.connect(host='127.0.0.1', port=port, user='postgres', database='postgres')
            await c.execute('CREATE TABLE t (id int PRIMARY KEY, v text, a int[])')
            print(await c.copy_records_to_table('t', records=[(1, 'a', [1]), (2, None, [])]))
            print([tuple(r) for r in await c.fetch('SELECT * FROM t WHERE id = ANY($1::int[]) ORDER BY id', [1, 2])])
            try: await c.execute('INSERT INTO t VALUES (1)')
            except asyncpg.UniqueViolationError as x: print(x.sqlstate, x.constraint_name)
            async with c.transaction():
                print([r[0] async for r in c.cursor('SELECT id FROM t ORDER BY id', prefetch=1)])
            await c.reset()
            await c.close()
        asyncio.run(main())
        """, """
        COPY 2
        [(1, 'a', [1]), (2, None, [])]
        23505 t_pkey
        [1, 2]
        """);

    [FactWithPython("alembic")]
    public Task SQLAlchemy_reflects_what_Alembic_migrated() => SaysAsync("""
        import warnings; warnings.simplefilter('ignore')
        from sqlalchemy import *
        from alembic.migration import MigrationContext
        from alembic.operations import Operations
        from alembic.autogenerate import compare_metadata
        e = create_engine(f'postgresql+psycopg2://postgres@127.0.0.1:{port}/postgres')
        m = MetaData()
        p = Table('p', m, Column('id', Integer, primary_key=True), Column('name', String(40), nullable=False, unique=True))
        t = Table('t', m, Column('id', Integer, primary_key=True), Column('a', Integer), Column('b', Text))
        m.create_all(e)
        with e.begin() as c:
            c.execute(p.insert(), {'id': 1, 'name': 'x'}); c.execute(t.insert(), {'id': 1, 'a': 7, 'b': '1'})
            op = Operations(MigrationContext.configure(c))
            op.add_column('t', Column('pid', Integer, server_default='1', nullable=False))
            op.create_foreign_key('fk_tp', 't', 'p', ['pid'], ['id'], ondelete='CASCADE')
            op.alter_column('t', 'a', type_=BigInteger, server_default='5')
            op.alter_column('t', 'b', type_=Integer, postgresql_using='b::integer', nullable=False)
            op.create_check_constraint('ck', 't', 'a > 0')
            op.create_index('ix', 't', ['a', 'b'])
            op.create_unique_constraint('uq', 't', ['pid', 'a'])
        i = inspect(e)
        print([(c['name'], str(c['type']), c['nullable'], c['default']) for c in i.get_columns('t')])
        print(i.get_pk_constraint('t'), [(f['name'], f['constrained_columns'], f['referred_table'], f['options']) for f in i.get_foreign_keys('t')])
        print(sorted((x['name'], x['column_names'], x['unique']) for x in i.get_indexes('t')), [u['name'] for u in i.get_unique_constraints('t')], [k['name'] for k in i.get_check_constraints('t')])
        r = MetaData(); r.reflect(e)
        with e.connect() as c: print(compare_metadata(MigrationContext.configure(c, opts={'compare_type': True}), r), c.execute(r.tables['t'].select()).fetchall())
        with e.begin() as c:
            op = Operations(MigrationContext.configure(c))
            op.drop_constraint('fk_tp', 't'); op.drop_constraint('uq', 't'); op.drop_index('ix'); op.drop_column('t', 'pid')
        r.clear(); r.reflect(e); print(r.tables['t'].c.keys(), len(r.tables['t'].foreign_keys))
        """, """
        [('id', 'INTEGER', False, "nextval('t_id_seq'::regclass)"), ('a', 'BIGINT', True, '5'), ('b', 'INTEGER', False, None), ('pid', 'INTEGER', False, '1')]
        {'constrained_columns': ['id'], 'name': 't_pkey'} [('fk_tp', ['pid'], 'p', {'ondelete': 'CASCADE'})]
        [('ix', ['a', 'b'], False), ('uq', ['pid', 'a'], True)] ['uq'] ['ck']
        [] [(1, 7, 1, 1)]
        ['id', 'a', 'b'] 0
        """);

    private static async Task SaysAsync(string script, string expected)
    {
        await using var server = await SqlServer.StartAsync();
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", $"port = {server.Server.Port}\n{script}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        var said = (await output + await errors).TrimEnd();
        Assert.True(expected == said, said);
    }
}
