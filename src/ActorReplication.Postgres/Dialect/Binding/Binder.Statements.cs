using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>From a statement's tree to its <see cref="Translation"/>.</summary>
internal sealed partial class Binder
{
    public Translation Translate(Statement statement)
    {
        switch (statement)
        {
            case SelectStatement select:
                return TranslateSelect(select);
            case InsertStatement insert:
                return TranslateChange(BindInsert(insert), "INSERT", TagCount.InsertAffected);
            case UpdateStatement update:
                return TranslateChange(BindUpdate(update), "UPDATE", TagCount.Affected);
            case DeleteStatement delete:
                return TranslateChange(BindDelete(delete), "DELETE", TagCount.Affected);
            case ExplainStatement explain:
                return TranslateExplain(explain);
            case TruncateStatement truncate:
                return TranslateTruncate(truncate);
            case CreateTableStatement create:
                return Ddl(BindCreateTable(create), "CREATE TABLE");
            case CreateTableAsStatement create:
                return TranslateCreateTableAs(create);
            case CreateIndexStatement create:
                return Ddl(BindCreateIndex(create), "CREATE INDEX");
            case CreateViewStatement create:
                return Several(BindCreateView(create), "CREATE VIEW", changesSchema: true);
            case DropStatement drop:
                return Several(BindDrop(drop), "DROP " + drop.What, changesSchema: true);
            case AlterTableStatement alter:
                return Several(BindAlter(alter), "ALTER TABLE", changesSchema: true);
            case RenameIndexStatement rename:
                return Several(BindRenameIndex(rename), "ALTER INDEX", changesSchema: true);
            case PassThroughStatement pass:
                return Ddl(pass.Sql, pass.Tag);
            default:
                throw Unsupported("this statement", statement.At);
        }
    }

    private Translation Finish(Translation translation) => translation with
    {
        ParameterTypes = FinishParameters(),
        Slots = _slots,
        AsksLastCommit = _slots.Contains(new ParameterSlot.Session(SessionValue.LastCommit)),
        Catalog = _catalogTables.Count == 0 ? null : [.. _catalogTables.Values],
        Notices = _notices,
        UsesTables = _usesTables,
    };

    private Translation TranslateSelect(SelectStatement select)
    {
        if (SettingCall(select) is { } setting) return setting;
        if ((NotifyCall(select) ?? AdvisoryCallOf(select)) is { } special) return special;
        var outermost = select.Query;
        while (outermost is { Body: NestedBody { Query: var within }, With: null, Limit: null, Offset: null, Locking: null, OrderBy.Count: 0 }) outermost = within;
        _shown = outermost.Body as SelectBody;
        var query = BindQuery(outermost, null, null, outermost.Locking);
        return Finish(new Translation
        {
            Sql = query.Sql,
            Tag = "SELECT",
            TagCount = TagCount.Returned,
            Columns = query.Columns.Select(Describe).ToList(),
            ReadOnly = query.Lock is null,
            Lock = query.Lock,
            FirstColumn = query.Lock?.Columns ?? 0,
            PointRead = query.Lock is null && query.IsPoint && outermost.With is null && _catalogTables.Count == 0 && query.Sql.IndexOf("SELECT", 1, StringComparison.Ordinal) < 0,
        });
    }

    private static ResultColumn Describe(OutputColumn column)
    {
        var type = column.Type.IsUnknown ? SqlType.Text : column.Type;
        return new ResultColumn(column.Name, type.Oid, type.Modifier, column.TableOid, column.Attribute);
    }

    private Translation TranslateChange((string Sql, IReadOnlyList<OutputColumn>? Returning) change, string tag, TagCount count) => Finish(new Translation
    {
        Sql = change.Sql,
        Tag = tag,
        TagCount = count,
        Columns = change.Returning?.Select(Describe).ToList(),
    });

    private Translation TranslateExplain(ExplainStatement explain)
    {
        if (explain.Analyze) throw Unsupported("EXPLAIN ANALYZE", explain.At, "EXPLAIN shows the plan without running it.");
        var inner = Translate(explain.Inner);
        if (inner.Sql is null) throw Unsupported("EXPLAIN of this statement", explain.At);
        return inner with
        {
            Sql = "EXPLAIN QUERY PLAN " + inner.Sql,
            Tag = "EXPLAIN",
            TagCount = TagCount.None,
            Columns = [new ResultColumn("QUERY PLAN", PgOid.Text)],
            FirstColumn = 3,
            Lock = null,
            Advisory = null,
            Notifies = false,
            ReadOnly = true,
            PointRead = false,
        };
    }

    private Translation Ddl(string? sql, string tag) => Several(sql is null ? [] : [sql], tag, changesSchema: true);

    private Translation Several(IReadOnlyList<string> statements, string tag, bool changesSchema)
    {
        if (statements.Count == 0) return Finish(new Translation { Control = new ControlStatement.NoOperation(tag), Tag = tag });
        return Finish(new Translation { Sql = statements[^1], Before = [.. statements.SkipLast(1)], Tag = tag, ChangesSchema = changesSchema });
    }

    private Translation TranslateCreateTableAs(CreateTableAsStatement create)
    {
        if (BindCreateTableAs(create) is not { } made) return Several([], "CREATE TABLE AS", changesSchema: true);
        if (made.Insert is null) return Ddl(made.Create, "CREATE TABLE AS");
        return Finish(new Translation { Before = [made.Create], Sql = made.Insert, Tag = "SELECT", TagCount = TagCount.Affected, ChangesSchema = true });
    }

    /// <summary>SELECT set_config('x', 'y', z) and SELECT current_setting('x') alone: the session's business.</summary>
    private Translation? SettingCall(SelectStatement select)
    {
        if (select.Query is not { With: null, Limit: null, Offset: null, Body: SelectBody { From.Count: 0, Where: null, Items: [{ Expression: CallExpr call } item] } }) return null;
        if (call.Arguments is not [LiteralExpr { Kind: LiteralKind.String } name, ..]) return null;
        var column = new ResultColumn(item.Alias ?? call.Name, PgOid.Text);
        if (call is { Name: "set_config", Arguments: [_, LiteralExpr { Kind: LiteralKind.String } value, LiteralExpr { Kind: LiteralKind.True or LiteralKind.False } local] })
        {
            return new Translation
            {
                Control = new ControlStatement.Set(name.Text.ToLowerInvariant(), value.Text, local.Kind == LiteralKind.True),
                Canned = new CannedResult([column], [[value.Text]]),
                Tag = "SELECT",
                TagCount = TagCount.Returned,
                Columns = [column],
                ReadOnly = true,
            };
        }

        if (call.Name != "current_setting" || Catalog.FixedSettings.Find(name.Text) is not null || name.Text == "application_name") return null;
        return new Translation { Control = new ControlStatement.Show(name.Text.ToLowerInvariant()), Tag = "SELECT", TagCount = TagCount.Returned, Columns = [column], ReadOnly = true };
    }
}
