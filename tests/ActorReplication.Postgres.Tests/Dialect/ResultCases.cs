namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>The statements, and PostgreSQL 15's answers (⏎ between rows, ∅ for NULL). Rows in the order PostgreSQL gave them; every case has an ORDER BY or one row.</summary>
internal static class ResultCases
{
    public const string Setup = """
        CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, age int, city varchar(20), born date, score numeric(6,2), active boolean DEFAULT true, data jsonb, seen timestamptz, tags text[]);
        INSERT INTO people (name, age, city, born, score, active, data, seen, tags) VALUES ('Ann', 30, 'Paris', '1995-05-01', 12.5, true, '{"b": 1, "a": [1, 2]}', '2026-01-01 10:00:00+00', '{x,y}'), ('Bob', NULL, 'Rome', '1990-12-31', 7.25, false, '{"a": {"k": "v"}}', NULL, NULL), ('carl', 25, NULL, NULL, NULL, NULL, NULL, '2026-02-03 04:05:06.789+00', '{}');
        CREATE TABLE pets (owner int REFERENCES people(id) ON DELETE CASCADE, pet text, weight float8, PRIMARY KEY (owner, pet));
        INSERT INTO pets VALUES (1, 'cat', 4.5), (1, 'dog', 20), (2, 'fish', 0.1);
        CREATE TABLE nums (i int, b bigint, n numeric, f float8, s smallint);
        INSERT INTO nums VALUES (7, 3000000000, 2.5, 1.5, 3), (-7, -1, 0.1, -2.5, -2), (NULL, NULL, NULL, NULL, NULL);
        """;

    public const string Text = """"
        -- literals and operators
        select 1, 'a', 1.5, true, null ⇒ 1|a|1.5|t|∅
        select 7/2, -7/2, 7%3, -7%3, (7/2.0)::float8, 2^10, 5 - -3 ⇒ 3|-3|1|-1|3.5|1024|8
        select 1 + 2 * 3, (1 + 2) * 3, 10 - 4 - 3 ⇒ 7|9|3
        select 'it''s', E'a\nb', $$x'y$$, $t$a$$b$t$ ⇒ it's|a⏎b|x'y|a$$b
        select 0.1 + 0.2, 1e3, 1.10 ⇒ 0.3|1000|1.10
        select '5' + 1, 5 || 'x', 'a' || 'b' || null ⇒ 6|5x|∅
        select 1 = 1, 1 <> 2, 2 > 1, null = null, 1 is distinct from null, null is not distinct from null ⇒ t|t|t|∅|t|t
        select not true, true and null, false and null, true or null ⇒ f|∅|f|t
        select 5 between 1 and 10, 5 between symmetric 10 and 1, 5 not between 1 and 4 ⇒ t|t|t
        select 1 in (1,2), 3 in (1,2), 3 not in (1,2), null in (1), 1 in (2, null) ⇒ t|f|t|∅|∅
        select 'abc' like 'a%', 'ABC' like 'a%', 'ABC' ilike 'a%', 'a%b' like 'a\%b', 'axb' like 'a\%b', 'a_b' like 'a#_b' escape '#' ⇒ t|f|t|t|f|t
        select 'abc' ~ '^a', 'abc' ~* 'B', 'abc' !~ 'z', 'abc' !~* 'B' ⇒ t|t|t|f
        select 'a*b' like 'a*%', 'a[b' like '_[_', 'ab' not like 'a_' ⇒ t|t|f
        select true::text, false::varchar, 't'::bool, 1::bool, true::int ⇒ true|false|t|t|1
        select 2.5::int, 3.5::int, -2.5::int, 2.5::float8::int, 3.5::float8::int ⇒ 3|4|-3|2|4
        select '42'::int + 1, '1.50'::numeric(10,2), 123.456::numeric(5,1) ⇒ 43|1.50|123.5
        select 'abcdef'::varchar(3), 'ab'::char(4) || 'x', cast('7' as bigint) ⇒ abc|abx|7
        select '2026-01-02'::date, '2026-01-02 03:04:05'::timestamp, '2026-01-02 03:04:05+02'::timestamptz at time zone 'UTC', date '2026-03-01' - 1, date '2026-03-01' - date '2026-02-01' ⇒ 2026-01-02|2026-01-02 03:04:05|2026-01-02 01:04:05|2026-02-28|28
        select timestamp '2026-01-31 10:00' + interval '1 month', timestamp '2026-01-01' - interval '1 day 2 hours', interval '90 minutes', interval '1 year 2 months 3 days' ⇒ 2026-02-28 10:00:00|2025-12-30 22:00:00|01:30:00|1 year 2 mons 3 days
        select '2026-01-01'::date + interval '1 day', timestamp '2026-01-02' - timestamp '2026-01-01 12:00' ⇒ 2026-01-02 00:00:00|12:00:00
        select interval '1 day' > interval '23 hours', interval '1 hour' * 2.5, interval '1 day' + interval '2 hours', - interval '1 day' ⇒ t|02:30:00|1 day 02:00:00|-1 days
        select extract(year from date '2026-05-06'), extract(epoch from timestamp '1970-01-02'), date_part('month', timestamp '2026-05-06'), extract(dow from date '2026-05-06'), extract(second from time '01:02:03.5') ⇒ 2026|86400|5|3|3.5
        select date_trunc('month', timestamp '2026-05-06 07:08:09'), date_trunc('week', timestamp '2026-05-06 07:08:09'), date_trunc('hour', timestamp '2026-05-06 07:08:09') ⇒ 2026-05-01 00:00:00|2026-05-04 00:00:00|2026-05-06 07:00:00
        select to_char(timestamp '2026-05-06 17:08:09', 'YYYY-MM-DD HH24:MI:SS'), to_char(timestamp '2026-05-06', 'FMDD Mon YYYY'), to_char(1234567.891, 'FM9,999,999.00'), to_char(5, '000'), to_char(-3.5, '99.9') ⇒ 2026-05-06 17:08:09|6 May 2026|1,234,567.89| 005| -3.5
        select age(timestamp '2026-03-15', timestamp '2025-01-10'), to_date('05/06/2026', 'DD/MM/YYYY'), make_date(2026, 1, 2) ⇒ 1 year 2 mons 5 days|2026-06-05|2026-01-02
        -- text functions
        select upper('abc'), lower('ABC'), length('héllo'), initcap('hello wORLD'), char_length('abc') ⇒ ABC|abc|5|Hello World|3
        select substring('hello' from 2 for 3), substring('hello', 2), substr('hello', -1, 4), substring('foobar' from 'o(.)b'), left('hello', 2), left('hello', -2), right('hello', 2), right('hello', -2) ⇒ ell|ello|he|o|he|hel|lo|llo
        select position('l' in 'hello'), strpos('hello', 'z'), overlay('Txxxxas' placing 'hom' from 2 for 4) ⇒ 3|0|Thomas
        select trim('  a  '), trim(both 'x' from 'xxaxx'), trim(leading 'x' from 'xxa'), rtrim('abcc', 'c'), btrim('xyaxy', 'xy') ⇒ a|a|a|ab|a
        select lpad('7', 3, '0'), rpad('ab', 4), rpad('abc', 5, 'xy'), lpad('abcdef', 3) ⇒ 007|ab  |abcxy|abc
        select replace('aXbX', 'X', '-'), translate('12345', '143', 'ax'), repeat('ab', 3), reverse('abc'), split_part('a,b,c', ',', 2), split_part('a,b,c', ',', -1), split_part('a', ',', 3) ⇒ a-b-|a2x5|ababab|cba|b|c|
        select concat('a', null, 1, true), concat_ws('-', 'a', null, 'b'), format('%s %I %L', 'x', 'a b', 'it''s'), md5('abc') ⇒ a1t|a-b|x "a b" 'it''s'|900150983cd24fb0d6963f7d28e17f72
        select regexp_replace('foobarbaz', 'b(..)', 'X\1', 'g'), regexp_replace('aaa', 'a', 'b'), quote_ident('A b'), quote_literal('it''s'), starts_with('abc', 'ab') ⇒ fooXarXaz|baa|"A b"|'it''s'|t
        select ascii('a'), chr(65), to_hex(255), encode('abc'::bytea, 'hex'), encode('abc'::bytea, 'base64'), '\x616263'::bytea, octet_length('é') ⇒ 97|A|ff|616263|YWJj|\x616263|2
        -- numbers
        select abs(-5), round(2.5), round(-2.5), round(1.005, 2), trunc(2.7), trunc(-2.789, 1), ceil(1.2), floor(-1.2), sign(-3.0), mod(7, 3), power(2, 3), sqrt(16.0::float8) ⇒ 5|3|-3|1.01|2|-2.7|2|-2|-1|1|8|4
        select greatest(1, null, 3), least(2, 1), greatest('a', 'b'), coalesce(null, 5), nullif(1, 1), nullif(1, 2) ⇒ 3|1|b|5|∅|1
        select case when true then 'x' else 'y' end, case 2 when 1 then 'one' when 2 then 'two' end, case when false then 1 end ⇒ x|two|∅
        -- tables
        select id, name from people order by id ⇒ 1|Ann⏎2|Bob⏎3|carl
        select name, age from people order by age ⇒ carl|25⏎Ann|30⏎Bob|∅
        select name, age from people order by age desc ⇒ Bob|∅⏎Ann|30⏎carl|25
        select name, age from people order by age nulls first, name ⇒ Bob|∅⏎carl|25⏎Ann|30
        select name as n from people where age > 26 or city = 'Rome' order by n desc ⇒ Bob⏎Ann
        select * from pets order by 1, 2 ⇒ 1|cat|4.5⏎1|dog|20⏎2|fish|0.1
        select p.name, q.pet from people p join pets q on q.owner = p.id order by q.weight ⇒ Bob|fish⏎Ann|cat⏎Ann|dog
        select p.name, q.pet from people p left join pets q on q.owner = p.id order by p.id, q.pet ⇒ Ann|cat⏎Ann|dog⏎Bob|fish⏎carl|∅
        select name, pet from people right join pets on people.id = pets.owner order by pet ⇒ Ann|cat⏎Ann|dog⏎Bob|fish
        select a.pet, b.pet from pets a full join pets b on a.owner = b.owner and a.pet < b.pet order by a.pet, b.pet ⇒ cat|dog⏎dog|∅⏎fish|∅⏎∅|cat⏎∅|fish
        select count(*), count(age), sum(age), avg(age)::numeric(10,2), min(name), max(name) from people ⇒ 3|2|55|27.50|Ann|carl
        select city, count(*) from people group by city order by city ⇒ Paris|1⏎Rome|1⏎∅|1
        select owner, count(*) as n, sum(weight) from pets group by owner having count(*) > 1 ⇒ 1|2|24.5
        select owner, string_agg(pet, ',' order by pet desc) from pets group by owner order by owner ⇒ 1|dog,cat⏎2|fish
        select array_agg(pet order by pet) from pets ⇒ {cat,dog,fish}
        select bool_and(active), bool_or(active), every(active) from people ⇒ f|t|f
        select distinct owner from pets order by owner ⇒ 1⏎2
        select sum(score), avg(score)::numeric(6,3), max(score) from people ⇒ 19.75|9.875|12.50
        select sum(n), sum(b), sum(f), sum(i) from nums ⇒ 2.6|2999999999|-1|0
        select i / 2, i % 2, (n * 2)::float8, (n / 2)::float8, f / 2, s + i from nums order by i ⇒ -3|-1|0.2|0.05|-1.25|-9⏎3|1|5|1.25|0.75|10⏎∅|∅|∅|∅|∅|∅
        select count(*) filter (where weight > 1), sum(weight) filter (where weight > 100) from pets ⇒ 2|∅
        select name from people where id in (select owner from pets) order by name ⇒ Ann⏎Bob
        select name from people p where exists (select 1 from pets where owner = p.id and weight > 10) ⇒ Ann
        select (select count(*) from pets), (select pet from pets where owner = 2) ⇒ 3|fish
        select name from people where id = any(array[1,3]) order by id ⇒ Ann⏎carl
        select name from people where id <> all(array[1,3]) ⇒ Bob
        select name from people where age > any(select 20) order by 1 ⇒ Ann⏎carl
        select name from (select name, age from people) as x where x.age is not null order by 1 ⇒ Ann⏎carl
        select x.a, x.b from (values (1, 'one'), (2, 'two')) as x(a, b) order by a desc ⇒ 2|two⏎1|one
        with t as (select * from pets where weight > 1) select pet from t order by 1 ⇒ cat⏎dog
        with recursive r(n) as (select 1 union all select n + 1 from r where n < 5) select sum(n) from r ⇒ 15
        select 1 union select 2 union select 1 order by 1 ⇒ 1⏎2
        select 1 union all select 1 except select 2 ⇒ 1
        select 'a' union all select name from people order by 1 limit 2 ⇒ Ann⏎Bob
        (select name from people order by age limit 1) union all (select pet from pets order by weight desc limit 1) ⇒ carl⏎dog
        select name from people order by id limit 1 offset 1 ⇒ Bob
        select name from people order by id offset 1 row fetch next 1 rows only ⇒ Bob
        select i from generate_series(1, 3) as i ⇒ 1⏎2⏎3
        select x from generate_series(10, 1, -4) x ⇒ 10⏎6⏎2
        select d::date from generate_series(timestamp '2026-01-01', timestamp '2026-01-03', interval '1 day') d ⇒ 2026-01-01⏎2026-01-02⏎2026-01-03
        select unnest from unnest(array['a','b']) ⇒ a⏎b
        select u, o from unnest(array[3,4]) with ordinality as t(u, o) ⇒ 3|1⏎4|2
        select row_number() over (order by weight), pet from pets order by 1 ⇒ 1|fish⏎2|cat⏎3|dog
        select pet, rank() over (partition by owner order by weight desc), sum(weight) over (partition by owner) from pets order by owner, pet ⇒ cat|2|24.5⏎dog|1|24.5⏎fish|1|0.1
        select pet, lag(pet) over w, lead(pet, 1, 'none') over w from pets window w as (order by pet) order by pet ⇒ cat|∅|dog⏎dog|cat|fish⏎fish|dog|none
        select pet, sum(weight) over (order by weight rows between 1 preceding and current row) from pets order by weight ⇒ fish|0.1⏎cat|4.6⏎dog|24.5
        select name from people where name like 'A%' ⇒ Ann
        select name from people where (age, city) = (30, 'Paris') ⇒ Ann
        select name from people where (id, name) in ((1, 'Ann'), (2, 'x')) ⇒ Ann
        select data->>'b', data->'a', data #>> '{a,0}', data ? 'b' from people where id = 1 ⇒ 1|[1, 2]|1|t
        select data->'a'->>'k', data @> '{"a": {"k": "v"}}' from people where id = 2 ⇒ v|t
        select '{"b":1,"a":2}'::jsonb, '{"a":1}'::json, '[1,2,3]'::jsonb -> 1, jsonb_build_object('a', 1, 'b', true), jsonb_array_length('[1,2]') ⇒ {"a": 2, "b": 1}|{"a":1}|2|{"a": 1, "b": true}|2
        select '{"a":1}'::jsonb || '{"b":2}'::jsonb, '{"a":1,"b":2}'::jsonb - 'a', jsonb_set('{"a":{"b":1}}', '{a,b}', '5'), jsonb_typeof('[]') ⇒ {"a": 1, "b": 2}|{"b": 2}|{"a": {"b": 5}}|array
        select jsonb_agg(pet order by pet) from pets ⇒ ["cat", "dog", "fish"]
        select tags[1], array_length(tags, 1), 'y' = any(tags), cardinality(tags) from people order by id ⇒ x|2|t|2⏎∅|∅|∅|∅⏎∅|∅|f|0
        select array[1,2] || 3, array['a','b c'], '{1,2,3}'::int[], array_to_string(array['a','b'], '-'), string_to_array('a,b', ','), array[1,2] @> array[2] ⇒ {1,2,3}|{a,"b c"}|{1,2,3}|a-b|{a,b}|t
        select value from jsonb_array_elements('[1,"x",{"a":1}]') ⇒ 1⏎"x"⏎{"a": 1}
        select key, value from jsonb_each_text('{"a":1,"b":"x"}') ⇒ a|1⏎b|x
        select now() = current_timestamp, pg_typeof(1), pg_typeof('a'::text), pg_typeof(now()) ⇒ t|integer|text|timestamp with time zone
        select seen, seen::date, seen at time zone 'UTC' from people order by id ⇒ 2026-01-01 10:00:00+00|2026-01-01|2026-01-01 10:00:00⏎∅|∅|∅⏎2026-02-03 04:05:06.789+00|2026-02-03|2026-02-03 04:05:06.789
        select name from people where born < '1993-01-01' ⇒ Bob
        select name from people where active ⇒ Ann
        select name from people where active is not true order by id ⇒ Bob⏎carl
        select active = true, active is null from people order by id ⇒ t|f⏎f|f⏎∅|t
        select count(distinct owner) from pets ⇒ 2
        select owner from pets group by owner order by count(*) desc, owner limit 1 ⇒ 1
        select p.id, p.name, count(q.pet) from people p left join pets q on q.owner = p.id group by p.id order by p.id ⇒ 1|Ann|2⏎2|Bob|1⏎3|carl|0
        select upper(name), length(name) from people group by name order by 1 ⇒ ANN|3⏎BOB|3⏎CARL|4
        select 1 where 1 = 2 ⇒ 
        select id from people where id = '2' ⇒ 2
        select max(id) from people where name = 'zzz' ⇒ ∅
        select stddev(weight)::numeric(10,4), var_pop(weight)::numeric(10,4) from pets ⇒ 10.4532|72.8467
        select name from people natural join (select 1 as id) as one ⇒ Ann
        select id, name, pet from people join (select owner as id, pet from pets) q using (id) order by pet ⇒ 1|Ann|cat⏎1|Ann|dog⏎2|Bob|fish
        select cast(score as text), score::int, score::float8 from people order by id ⇒ 12.50|13|12.5⏎7.25|7|7.25⏎∅|∅|∅
        select score * 2, score + 1, -score from people order by id ⇒ 25.00|13.50|-12.50⏎14.50|8.25|-7.25⏎∅|∅|∅
        select '10'::numeric > '9'::numeric, 10.0 = 10 ⇒ t|t
        select not exists (select 1 from pets where owner = 3) ⇒ t
        select 'abc' collate "C" < 'b' ⇒ t
        select substring('abc' for 2), position('' in 'abc') ⇒ ab|1
        select date '2026-02-28' + 1, '2024-02-29'::date + interval '1 year' ⇒ 2026-03-01|2025-02-28 00:00:00
        select to_timestamp(0) at time zone 'UTC', timestamp '2026-01-01 00:00' at time zone 'America/New_York' at time zone 'UTC' ⇒ 1970-01-01 00:00:00|2026-01-01 05:00:00
        select name from people order by lower(name) desc ⇒ carl⏎Bob⏎Ann
        select coalesce(age, 0) + 1 from people order by id ⇒ 31⏎1⏎26
        select b, b + 1, s::int + 1 from nums order by b ⇒ -1|0|-1⏎3000000000|3000000001|4⏎∅|∅|∅
        select pet, case when weight > 10 then 'big' when weight > 1 then 'mid' else 'small' end from pets order by pet ⇒ cat|mid⏎dog|big⏎fish|small
        select sum(case when weight > 1 then 1 else 0 end) from pets ⇒ 2
        """";
}
