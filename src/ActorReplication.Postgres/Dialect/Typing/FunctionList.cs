namespace ActorReplication.Postgres.Dialect.Typing;

/// <summary>One function a line: <c>[agg|win] name(types) result [= SQLite's name, or a template]</c>. <c>?</c> optional, <c>...</c> repeated;
/// T is any type, the same throughout; without "=", SQLite's function has the same name and means the same.</summary>
internal static class FunctionList
{
    public const string Text = """
        -- text
        lower(text) text
        upper(text) text
        initcap(text) text = pg_initcap
        length(text) int4
        length(bytea) int4
        char_length(text) int4 = length
        character_length(text) int4 = length
        octet_length(text) int4 = octet_length
        octet_length(bytea) int4 = octet_length
        bit_length(text) int4 = (octet_length({0}) * 8)
        substring(text, int4) text = pg_substr
        substring(text, int4, int4) text = pg_substr
        substring(text, text) text = pg_regex_substring
        substr(text, int4) text = pg_substr
        substr(text, int4, int4) text = pg_substr
        left(text, int4) text = pg_left
        right(text, int4) text = pg_right
        position(text, text) int4 = instr
        strpos(text, text) int4 = instr
        overlay(text, text, int4, int4?) text = pg_overlay
        btrim(text, text?) text = trim
        ltrim(text, text?) text = ltrim
        rtrim(text, text?) text = rtrim
        lpad(text, int4, text?) text = pg_lpad
        rpad(text, int4, text?) text = pg_rpad
        replace(text, text, text) text
        translate(text, text, text) text = pg_translate
        repeat(text, int4) text = pg_repeat
        reverse(text) text = pg_reverse
        split_part(text, text, int4) text = pg_split_part
        starts_with(text, text) bool = (substr({0}, 1, length({1})) = {1})
        ascii(text) int4 = unicode
        chr(int4) text = char
        md5(text) text = pg_md5
        md5(bytea) text = pg_md5
        sha256(bytea) bytea = pg_sha256
        encode(bytea, text) text = pg_encode
        decode(text, text) bytea = pg_decode
        convert_to(text, name) bytea = CAST({0} AS BLOB)
        convert_from(bytea, name) text = CAST({0} AS TEXT)
        to_hex(int8) text = printf('%x', {0})
        quote_ident(text) text = pg_quote_ident
        quote_literal(text) text = pg_quote_literal
        quote_nullable(text) text = coalesce(pg_quote_literal({0}), 'NULL')
        regexp_replace(text, text, text, text?) text = pg_regexp_replace
        regexp_matches(text, text, text?) text[] = pg_regexp_match
        regexp_match(text, text, text?) text[] = pg_regexp_match
        string_to_array(text, text) text[] = pg_string_to_array
        regexp_split_to_array(text, text) text[] = pg_regexp_split
        array_to_string(T[], text, text?) text = pg_array_to_string
        gen_random_uuid() uuid = pg_random_uuid
        uuid_generate_v4() uuid = pg_random_uuid
        -- numbers
        abs(int4) int4
        abs(int8) int8
        abs(numeric) numeric = pg_abs
        abs(float8) float8
        sign(float8) float8 = sign
        sign(numeric) numeric = pg_sign
        round(float8) float8 = pg_round_float
        round(numeric) numeric = pg_round
        round(numeric, int4) numeric = pg_round
        trunc(float8) float8 = trunc
        trunc(numeric) numeric = pg_trunc
        trunc(numeric, int4) numeric = pg_trunc
        ceil(float8) float8 = CAST(ceil({0}) AS REAL)
        ceil(numeric) numeric = pg_ceil
        ceiling(float8) float8 = CAST(ceil({0}) AS REAL)
        ceiling(numeric) numeric = pg_ceil
        floor(float8) float8 = CAST(floor({0}) AS REAL)
        floor(numeric) numeric = pg_floor
        mod(int4, int4) int4 = ({0} % coalesce(nullif({1}, 0), pg_divisor({1})))
        mod(int8, int8) int8 = ({0} % coalesce(nullif({1}, 0), pg_divisor({1})))
        mod(numeric, numeric) numeric = pg_mod
        div(numeric, numeric) numeric = pg_div
        power(float8, float8) float8 = pg_power
        power(numeric, numeric) numeric = pg_power
        pow(float8, float8) float8 = pg_power
        pow(numeric, numeric) numeric = pg_power
        sqrt(float8) float8 = pg_sqrt
        sqrt(numeric) numeric = pg_sqrt
        cbrt(float8) float8 = pg_cbrt
        exp(float8) float8
        ln(float8) float8 = pg_ln
        ln(numeric) numeric = pg_ln
        log(float8) float8 = log10
        log(numeric, numeric) numeric = log
        sin(float8) float8
        cos(float8) float8
        tan(float8) float8
        asin(float8) float8
        acos(float8) float8
        atan(float8) float8
        atan2(float8, float8) float8
        degrees(float8) float8
        radians(float8) float8
        pi() float8
        random() float8 = pg_random
        -- time
        clock_timestamp() timestamptz = pg_clock
        timeofday() text = pg_clock
        extract(text, timestamptz) numeric = pg_extract({0}, {1}, 1184)
        extract(text, timestamp) numeric = pg_extract({0}, {1}, 1114)
        extract(text, date) numeric = pg_extract({0}, {1}, 1082)
        extract(text, time) numeric = pg_extract({0}, {1}, 1083)
        extract(text, interval) numeric = pg_extract({0}, {1}, 1186)
        date_part(text, timestamptz) float8 = CAST(pg_extract({0}, {1}, 1184) AS REAL)
        date_part(text, timestamp) float8 = CAST(pg_extract({0}, {1}, 1114) AS REAL)
        date_part(text, date) float8 = CAST(pg_extract({0}, {1}, 1082) AS REAL)
        date_part(text, time) float8 = CAST(pg_extract({0}, {1}, 1083) AS REAL)
        date_part(text, interval) float8 = CAST(pg_extract({0}, {1}, 1186) AS REAL)
        date_trunc(text, timestamptz) timestamptz = pg_date_trunc
        date_trunc(text, timestamp) timestamp = pg_date_trunc
        age(timestamptz, timestamptz) interval = pg_age
        age(timestamp, timestamp) interval = pg_age
        to_timestamp(float8) timestamptz = pg_to_timestamp
        make_date(int4, int4, int4) date = pg_make_date
        to_char(timestamptz, text) text = pg_to_char_time
        to_char(timestamp, text) text = pg_to_char_time
        to_char(interval, text) text = pg_to_char_interval
        to_char(numeric, text) text = pg_to_char_number
        to_char(float8, text) text = pg_to_char_number
        to_date(text, text) date = pg_to_date
        to_number(text, text) numeric = pg_to_number
        justify_interval(interval) interval = pg_justify_interval
        make_interval(int4?, int4?, int4?, int4?, int4?, int4?, float8?) interval = pg_make_interval
        isfinite(date) bool = ({0} NOT IN ('infinity', '-infinity'))
        isfinite(timestamptz) bool = ({0} NOT IN ('infinity', '-infinity'))
        -- arrays and JSON
        array_length(T[], int4) int4 = pg_array_length
        cardinality(T[]) int4 = json_array_length
        array_upper(T[], int4) int4 = pg_array_length
        array_lower(T[], int4) int4 = (CASE WHEN pg_array_length({0}, {1}) > 0 THEN 1 END)
        array_append(T[], T) T[] = pg_array_concat({0}, 1, {1}, 0)
        array_prepend(T, T[]) T[] = pg_array_concat({0}, 0, {1}, 1)
        array_cat(T[], T[]) T[] = pg_array_concat({0}, 1, {1}, 1)
        array_position(T[], T) int4 = (SELECT min("e"."key") + 1 FROM json_each({0}) AS "e" WHERE "e"."value" IS {1})
        array_remove(T[], T) T[] = (SELECT json_group_array("e"."value") FROM json_each({0}) AS "e" WHERE "e"."value" IS NOT {1})
        json_array_length(json) int4
        jsonb_array_length(jsonb) int4 = json_array_length
        json_typeof(json) text = pg_json_typeof
        jsonb_typeof(jsonb) text = pg_json_typeof
        json_extract_path(json, text...) json = pg_json_extract
        jsonb_extract_path(jsonb, text...) jsonb = pg_json_extract
        json_extract_path_text(json, text...) text = pg_json_extract_text
        jsonb_extract_path_text(jsonb, text...) text = pg_json_extract_text
        jsonb_set(jsonb, text[], jsonb, bool?) jsonb = pg_jsonb_set
        jsonb_strip_nulls(jsonb) jsonb = pg_jsonb_strip_nulls
        jsonb_pretty(jsonb) text = pg_jsonb_pretty
        -- the server
        version() text = pg_version
        current_schema() name = 'public'
        current_schemas(bool) text[] = (CASE {0} WHEN 1 THEN '["pg_catalog","public"]' ELSE '["public"]' END)
        txid_current() int8 = pg_txid
        pg_current_xact_id() int8 = pg_txid
        pg_wal_lsn_diff(pg_lsn, pg_lsn) numeric = pg_lsn_diff
        pg_postmaster_start_time() timestamptz = pg_start_time
        pg_client_encoding() name = 'UTF8'
        pg_encoding_to_char(int4) name = 'UTF8'
        pg_get_userbyid(oid) name = 'postgres'
        pg_table_is_visible(oid) bool = ({0} IS NOT NULL)
        pg_type_is_visible(oid) bool = ({0} IS NOT NULL)
        pg_function_is_visible(oid) bool = ({0} IS NOT NULL)
        pg_collation_is_visible(oid) bool = ({0} IS NOT NULL)
        pg_conversion_is_visible(oid) bool = ({0} IS NOT NULL)
        pg_operator_is_visible(oid) bool = ({0} IS NOT NULL)
        pg_opclass_is_visible(oid) bool = ({0} IS NOT NULL)
        pg_statistics_obj_is_visible(oid) bool = ({0} IS NOT NULL)
        pg_ts_config_is_visible(oid) bool = ({0} IS NOT NULL)
        format_type(oid, int4) text = pg_format_type
        pg_table_size(oid) int8 = (0 * {0})
        pg_total_relation_size(oid) int8 = (0 * {0})
        pg_relation_size(oid) int8 = (0 * {0})
        pg_get_indexdef(oid) text = (SELECT "i$"."indexdef" FROM "pg_catalog"."pg_index" AS "i$" WHERE "i$"."indexrelid" = {0})
        pg_get_indexdef(oid, int4, bool) text = (SELECT coalesce((SELECT "a$"."attname" FROM "pg_catalog"."pg_attribute" AS "a$" WHERE "a$"."attrelid" = "i$"."indexrelid" AND "a$"."attnum" = {1}), "i$"."indexdef") FROM "pg_catalog"."pg_index" AS "i$" WHERE "i$"."indexrelid" = {0})
        pg_get_constraintdef(oid, bool?) text = (SELECT "k$"."condef" FROM "pg_catalog"."pg_constraint" AS "k$" WHERE "k$"."oid" = {0})
        pg_get_viewdef(oid, bool?) text = (SELECT "v$"."viewdef" FROM "pg_catalog"."pg_class" AS "v$" WHERE "v$"."oid" = {0})
        has_table_privilege(oid, text) bool = ({0} IS NOT NULL)
        has_schema_privilege(text, text) bool = ({0} IS NOT NULL)
        has_database_privilege(text, text) bool = ({0} IS NOT NULL)
        pg_relation_is_publishable(regclass) bool = ({0} IS NULL)
        pg_partition_ancestors(regclass) regclass = (NULL)
        pg_get_statisticsobjdef_columns(oid) text = (NULL)
        pg_get_triggerdef(oid, bool?) text = (NULL)
        pg_get_ruledef(oid, bool?) text = (NULL)
        pg_get_functiondef(oid) text = (NULL)
        pg_get_function_result(oid) text = (NULL)
        pg_get_function_arguments(oid) text = (NULL)
        pg_get_function_identity_arguments(oid) text = (NULL)
        pg_get_partkeydef(oid) text = (NULL)
        pg_tablespace_location(oid) text = ''
        pg_char_to_encoding(name) int4 = (CASE upper({0}) WHEN 'UTF8' THEN 6 ELSE -1 END)
        getdatabaseencoding() name = 'UTF8'
        pg_size_pretty(int8) text = (CASE WHEN abs({0}) < 10240 THEN {0} || ' bytes' WHEN abs({0}) < 10485760 THEN (({0} + 512) / 1024) || ' kB' WHEN abs({0}) < 10737418240 THEN (({0} + 524288) / 1048576) || ' MB' ELSE (({0} + 536870912) / 1073741824) || ' GB' END)
        pg_database_size(name) int8 = (0)
        pg_notification_queue_usage() float8 = 0.0
        -- aggregates
        agg count(any) int8
        agg sum(int4) int8
        agg sum(int8) numeric
        agg sum(numeric) T = pg_sum
        agg sum(float8) float8
        agg sum(interval) interval = pg_sum_interval
        agg avg(int8) numeric = pg_avg
        agg avg(numeric) numeric = pg_avg
        agg avg(float8) float8
        agg min(T) T
        agg max(T) T
        agg string_agg(text, text) text = group_concat
        agg array_agg(T) text[]
        agg json_agg(any) json
        agg jsonb_agg(any) jsonb
        agg json_object_agg(text, any) json = json_group_object
        agg jsonb_object_agg(text, any) jsonb = json_group_object
        agg bool_and(bool) bool = min
        agg bool_or(bool) bool = max
        agg every(bool) bool = min
        agg stddev(float8) float8 = pg_stddev_samp
        agg stddev(numeric) numeric = pg_stddev_samp
        agg stddev_samp(float8) float8 = pg_stddev_samp
        agg stddev_samp(numeric) numeric = pg_stddev_samp
        agg stddev_pop(float8) float8 = pg_stddev_pop
        agg stddev_pop(numeric) numeric = pg_stddev_pop
        agg variance(float8) float8 = pg_var_samp
        agg variance(numeric) numeric = pg_var_samp
        agg var_samp(float8) float8 = pg_var_samp
        agg var_samp(numeric) numeric = pg_var_samp
        agg var_pop(float8) float8 = pg_var_pop
        agg var_pop(numeric) numeric = pg_var_pop
        -- windows
        win row_number() int8
        win rank() int8
        win dense_rank() int8
        win percent_rank() float8
        win cume_dist() float8
        win ntile(int4) int4
        win lag(T) T
        win lag(T, int4) T
        win lag(T, int4, T) T
        win lead(T) T
        win lead(T, int4) T
        win lead(T, int4, T) T
        win first_value(T) T
        win last_value(T) T
        win nth_value(T, int4) T
        """;
}
