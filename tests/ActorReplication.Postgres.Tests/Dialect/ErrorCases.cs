namespace ActorReplication.Postgres.Tests.Dialect;

/// <summary>SQLSTATE, position, statement ⇒ message, as PostgreSQL 15 answered (position 0: it gave none, and ours may) over the tables of <see cref="ResultCases.Setup"/>.</summary>
internal static class ErrorCases
{
    public const string Text = """"""
        42601 1 selec 1 ⇒ syntax error at or near "selec"
        42601 11 select 1 + ⇒ syntax error at end of input
        42601 8 select 'abc ⇒ unterminated quoted string at or near "'abc"
        42601 8 select "abc ⇒ unterminated quoted identifier at or near ""abc"
        42601 8 select /* x ⇒ unterminated /* comment at or near "/* x"
        42601 8 select $$abc ⇒ unterminated dollar-quoted string at or near "$$abc"
        42601 8 select 1a ⇒ trailing junk after numeric literal at or near "1a"
        42601 8 select "" from people ⇒ zero-length delimited identifier at or near """"
        42P01 15 select * from nothing ⇒ relation "nothing" does not exist
        42703 8 select nothing from people ⇒ column "nothing" does not exist
        42703 8 select p.nothing from people p ⇒ column p.nothing does not exist
        42P01 8 select x.name from people p ⇒ missing FROM-clause entry for table "x"
        42702 8 select id from people, pets p2, people p3 ⇒ column reference "id" is ambiguous
        42803 8 select name from people group by age ⇒ column "people.name" must appear in the GROUP BY clause or be used in an aggregate function
        22P02 13 select id + 'a' from people ⇒ invalid input syntax for type integer: "a"
        42883 11 select id || 1 from people ⇒ operator does not exist: integer || integer
        42883 13 select name + 1 from people ⇒ operator does not exist: text + integer
        22P02 8 select 'a'::int ⇒ invalid input syntax for type integer: "a"
        22008 8 select '2026-13-01'::date ⇒ date/time field value out of range: "2026-13-01"
        22003 8 select '99999999999'::int ⇒ value "99999999999" is out of range for type integer
        22P02 8 select 'x'::uuid ⇒ invalid input syntax for type uuid: "x"
        22P02 8 select 'maybe'::bool ⇒ invalid input syntax for type boolean: "maybe"
        22P02 8 select '{a'::jsonb ⇒ invalid input syntax for type json
        42883 8 select nofunc(1) ⇒ function nofunc(integer) does not exist
        42883 8 select lower(1) ⇒ function lower(integer) does not exist
        42883 8 select sum(name) from people ⇒ function sum(text) does not exist
        42803 31 select name from people where sum(age) > 1 ⇒ aggregate functions are not allowed in WHERE
        42803 12 select sum(sum(age)) from people ⇒ aggregate function calls cannot be nested
        42804 18 select case when 1 then 2 end ⇒ argument of CASE/WHEN must be type boolean, not type integer
        22P02 16 select 1 where 'a' + 1 = 2 ⇒ invalid input syntax for type integer: "a"
        42804 28 select * from people where age ⇒ argument of WHERE must be type boolean, not type integer
        42804 12 select not 1 ⇒ argument of NOT must be type boolean, not type integer
        42804 20 select coalesce(1, 'a'::text) ⇒ COALESCE types integer and text cannot be matched
        42804 28 select case when true then 1 else 'a'::text end ⇒ CASE types text and integer cannot be matched
        42804 23 select 1 union select 'a'::text ⇒ UNION types integer and text cannot be matched
        42601 23 select 1 union select 1, 2 ⇒ each UNION query must have the same number of columns
        42P10 34 select name from people order by 5 ⇒ ORDER BY position 5 is not in select list
        42703 34 select name from people order by nothing ⇒ column "nothing" does not exist
        42703 51 select a.id from people a join people b on a.id = b.nothing ⇒ column b.nothing does not exist
        42P01 35 select * from people natural join nothing ⇒ relation "nothing" does not exist
        42704 22 select count(*) over w from people ⇒ window "w" does not exist
        42809 8 select row_number() from people ⇒ window function row_number requires an OVER clause
        42601 8 select (select 1, 2) ⇒ subquery must return only one column
        42601 10 select 1 in (select 1, 2) ⇒ subquery has too many columns
        42804 17 select array[1, 'a'::text] ⇒ ARRAY types integer and text cannot be matched
        42P18 8 select array[] ⇒ cannot determine type of empty array
        42601 15 select x from (select 1) ⇒ subquery in FROM must have an alias
        42712 0 select distinct name from people p, people p ⇒ table name "p" specified more than once
        42P01 13 insert into nothing values (1) ⇒ relation "nothing" does not exist
        42703 21 insert into people (nothing) values (1) ⇒ column "nothing" of relation "people" does not exist
        42701 25 insert into people (id, id) values (1, 2) ⇒ column "id" specified more than once
        42601 36 insert into people (id) values (1, 2) ⇒ INSERT has more expressions than target columns
        42601 25 insert into people (id, name) values (1) ⇒ INSERT has more target columns than expressions
        22P02 45 insert into people (name, age) values ('a', 'b') ⇒ invalid input syntax for type integer: "b"
        42804 45 insert into people (name, age) values ('a', true) ⇒ column "age" is of type integer but expression is of type boolean
        42601 38 insert into people (name) select id, name from people ⇒ INSERT has more expressions than target columns
        42703 19 update people set nothing = 1 ⇒ column "nothing" of relation "people" does not exist
        42601 0 update people set name = 1, name = 2 ⇒ multiple assignments to same column "name"
        22P02 25 update people set age = 'x' ⇒ invalid input syntax for type integer: "x"
        42804 25 update people set age = name ⇒ column "age" is of type integer but expression is of type text
        42703 26 delete from people where nothing = 1 ⇒ column "nothing" does not exist
        42P10 0 insert into people (name) values ('x') on conflict (city) do nothing ⇒ there is no unique or exclusion constraint matching the ON CONFLICT specification
        42601 40 insert into people (name) values ('x') on conflict do update set name = 'y' ⇒ ON CONFLICT DO UPDATE requires inference specification or constraint name
        42P07 0 create table people (id int) ⇒ relation "people" already exists
        42701 0 create table t (id int, id int) ⇒ column "id" specified more than once
        42704 20 create table t (id nothing) ⇒ type "nothing" does not exist
        42P16 42 create table t (a int primary key, b int primary key) ⇒ multiple primary keys for table "t" are not allowed
        42P01 0 create table t (a int references nothing) ⇒ relation "nothing" does not exist
        42703 24 create table t (a int, primary key (b)) ⇒ column "b" named in key does not exist
        42703 0 create index on people (nothing) ⇒ column "nothing" does not exist
        42P01 0 create index on nothing (a) ⇒ relation "nothing" does not exist
        42P01 0 drop table nothing ⇒ table "nothing" does not exist
        42809 0 drop view people ⇒ "people" is not a view
        42704 0 drop index nothing ⇒ index "nothing" does not exist
        42701 0 alter table people add column name text ⇒ column "name" of relation "people" already exists
        42703 0 alter table people drop column nothing ⇒ column "nothing" of relation "people" does not exist
        42703 0 alter table people rename column nothing to x ⇒ column "nothing" does not exist
        42P16 0 alter table people add primary key (id) ⇒ multiple primary keys for table "people" are not allowed
        22P02 28 select 1 from people limit 'a' ⇒ invalid input syntax for type bigint: "a"
        42725 12 select '1' + '2' ⇒ operator is not unique: unknown + unknown
        22P02 12 select 5 = 'a' ⇒ invalid input syntax for type integer: "a"
        42883 10 select 1 = true ⇒ operator does not exist: integer = boolean
        42883 14 select now() + 1 ⇒ operator does not exist: timestamp with time zone + integer
        42883 26 select date '2026-01-01' + date '2026-01-01' ⇒ operator does not exist: date + date
        42883 12 select 'a' like 1 ⇒ operator does not exist: unknown ~~ integer
        42846 8 select cast(now() as int) ⇒ cannot cast type timestamp with time zone to integer
        42704 11 select 1::nothing ⇒ type "nothing" does not exist
        42883 8 select max(true) ⇒ function max(boolean) does not exist
        42P01 8 select people.* from pets ⇒ missing FROM-clause entry for table "people"
        42803 8 select id from people having count(*) > 1 ⇒ column "people.id" must appear in the GROUP BY clause or be used in an aggregate function
        42601 39 select * from pets where (owner, pet) = (1, 2, 3) ⇒ unequal number of entries in row expressions
        42601 17 values (1, 2), (3) ⇒ VALUES lists must all be the same length
        42P10 0 select * from (values (1, 2)) as v(a, b, c) ⇒ table "v" has 2 columns available but 3 columns specified
        42712 23 with a as (select 1), a as (select 2) select 1 ⇒ WITH query name "a" specified more than once
        42703 43 select 1 from people where exists (select nothing) ⇒ column "nothing" does not exist
        22012 0 select 1 / 0 ⇒ division by zero
        22012 0 select 1 % 0 ⇒ division by zero
        22012 0 select 1.0 / 0 ⇒ division by zero
        2201F 0 select sqrt(-1) ⇒ cannot take square root of a negative number
        22003 0 select 40000::smallint ⇒ smallint out of range
        22003 0 select 3000000000::int ⇒ integer out of range
        22011 0 select substring('a', 1, -1) ⇒ negative substring length not allowed
        42702 32 select 1 as a, 2 as a order by a ⇒ ORDER BY "a" is ambiguous
        42P01 0 truncate nothing ⇒ relation "nothing" does not exist
        0A000 0 select count(*) from people for update ⇒ FOR UPDATE is not allowed with aggregate functions
        0A000 0 select distinct name from people for share ⇒ FOR SHARE is not allowed with DISTINCT clause
        0A000 0 select distinct on (name) name from people for update ⇒ FOR UPDATE is not allowed with DISTINCT clause
        0A000 0 select name from people group by name for update ⇒ FOR UPDATE is not allowed with GROUP BY clause
        0A000 0 select 1 from people having true for update ⇒ FOR UPDATE is not allowed with HAVING clause
        0A000 0 select name from people union select pet from pets for update ⇒ FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT
        0A000 0 select row_number() over (order by id) from people for no key update ⇒ FOR NO KEY UPDATE is not allowed with window functions
        0A000 0 select name from people order by sum(age) over () for update ⇒ FOR UPDATE is not allowed with window functions
        42601 4 set ⇒ syntax error at end of input
        42601 5 show ⇒ syntax error at end of input
        42601 7 begin foo ⇒ syntax error at or near "foo"
        42601 11 select ;; 1 1 ⇒ syntax error at or near "1"
        42601 8 create tabel x (a int) ⇒ syntax error at or near "tabel"
        42601 14 select 1 from ⇒ syntax error at end of input
        42601 10 select (1 ⇒ syntax error at end of input
        42601 9 select 1) ⇒ syntax error at or near ")"
        42601 27 select * from people where ⇒ syntax error at end of input
        42601 18 update people set ⇒ syntax error at end of input
        42601 26 insert into people values ⇒ syntax error at end of input
        42601 12 select a b c ⇒ syntax error at or near "c"
        42601 13 select from where ⇒ syntax error at or near "where"
        42601 11 commit and ⇒ syntax error at end of input
        42601 15 create table x ⇒ syntax error at end of input
        42601 17 create table x ( ⇒ syntax error at end of input
        """""";
}
