namespace ActorReplication.Node.Configuration;

/// <summary>Where a key was written.</summary>
internal readonly record struct KeyPlace(string Path, string Origin, int Line);

/// <param name="Under">Path of the object it stands in.</param>
internal readonly record struct IncludePlace(string Under, string Name, int Line);

/// <param name="Holder">Path of the key whose value it is in.</param>
/// <param name="Target">Path of the key it stands for.</param>
internal readonly record struct SubstitutionPlace(string Holder, string Target, string Origin, int Line);

/// <summary>Walks through a HOCON text as Akka's parser does (its <c>HoconParser</c> and <c>HoconTokenizer</c>), and finds what that does not tell: each key's line, and whether
/// it can be given the text at all. On a list with a character in it that begins no value it never ends, on deep nesting it ends the process with
/// its stack, and what is never closed, or closed too often, it lets pass. Stops at the first such thing.</summary>
internal sealed class HoconScan
{
    /// <summary>Deeper than any configuration. Lists, objects and the dots of keys count.</summary>
    private const int MostDepth = 64;

    private const string NotInText = "$\"{}[]:=,#`^?!@*&\\";

    private readonly string _text;
    private readonly string _origin;
    private int _at;
    private (int At, int Line) _counted = (0, 1);

    private HoconScan(string text, string origin) => (_text, _origin) = (text, origin);

    /// <summary>Keys of leaves and of objects, in order of writing.</summary>
    public List<KeyPlace> Keys { get; } = [];

    public List<IncludePlace> Includes { get; } = [];

    public List<SubstitutionPlace> Substitutions { get; } = [];

    /// <summary>Why the text must not be given to the parser; null: it may.</summary>
    public (int Line, string Message)? Problem { get; private set; }

    /// <param name="prefix">The paths of the text's keys start with it.</param>
    public static HoconScan Of(string text, string origin, string prefix = "")
    {
        var scan = new HoconScan(text, origin);
        scan.Fields(prefix, 0, -1);
        return scan;
    }

    private bool AtEnd => _at >= _text.Length;

    /// <param name="opened">Where its { is; negative: the text as a whole.</param>
    private void Fields(string path, int depth, int opened)
    {
        while (true)
        {
            Blank();
            if (AtEnd)
            {
                if (opened >= 0) Fail(opened, "the { of this line is never closed");
                return;
            }
            if (_text[_at] == '}')
            {
                if (opened < 0) Fail(_at, "a } without its {");
                else _at++;
                return;
            }
            if (!Include(path)) Field(path, depth);
        }
    }

    private void Field(string path, int depth)
    {
        if (IsTooDeep(depth)) return;
        var start = _at;
        var name = _text[_at] == '"' ? Quoted(isName: true) : Unquoted(inKey: true);
        if (name is null) return;
        if (name.Length == 0 && _at == start)
        {
            Fail(_at, $"{Shown(_at)} where a key should be");
            return;
        }
        var key = path.Length == 0 ? name : path + "." + name;
        Keys.Add(new KeyPlace(key, _origin, LineOf(start)));
        Blank();
        switch (AtEnd || name.Contains('\n', StringComparison.Ordinal) ? '\n' : _text[_at])
        {
            case '.':
                _at++;
                Blank();
                if (AtEnd) Fail(start, $"key {key} ends with a dot");
                else Field(key, depth + 1);
                return;
            case '=' or ':':
                _at++;
                if (!Value(key, depth)) Fail(start, $"key {key} has no value");
                return;
            case '{':
                Fields(key, depth + 1, _at++);
                return;
            default:
                Fail(start, $"key {name.Split('\n')[0].Trim()} is not followed by =, : or {{");
                return;
        }
    }

    private bool Include(string path)
    {
        const string Word = "include";
        var start = _at;
        if (string.CompareOrdinal(_text, _at, Word, 0, Word.Length) != 0) return false;
        _at += Word.Length;
        var word = _at;
        Blank();
        if (_at == word || AtEnd || _text[_at] != '"')
        {
            _at = start;
            return false;
        }
        if (Quoted(isName: true) is { } name) Includes.Add(new IncludePlace(path, name, LineOf(start)));
        return true;
    }

    /// <summary>One value, which may be several beside each other, and the comma after it. False: there is none.</summary>
    private bool Value(string path, int depth)
    {
        Blank();
        var start = _at;
        while (!AtEnd)
        {
            var before = _at;
            switch (_text[_at])
            {
                case '{': if (!IsTooDeep(depth)) Fields(path, depth + 1, _at++); break;
                case '[': if (!IsTooDeep(depth)) List(path, depth + 1, _at++); break;
                case '"': if (!TripleQuoted()) Quoted(isName: false); break;
                case '$' when Next(1) == '{': Substitution(path); break;
                default: Text(); break;
            }
            if (_at == before) break;
            while (!AtEnd && _text[_at] is ' ' or '\t') _at++;
        }
        if (!AtEnd && _text[_at] == ',') _at++;
        return _at > start;
    }

    private void List(string path, int depth, int opened)
    {
        while (true)
        {
            Blank();
            if (AtEnd)
            {
                Fail(opened, "the [ of this line is never closed");
                return;
            }
            if (_text[_at] == ']')
            {
                _at++;
                return;
            }
            if (!Value(path, depth)) Fail(_at, $"{Shown(_at)} in a list; put it in double quotes, or close the list before it");
        }
    }

    private void Text()
    {
        Unquoted(inKey: false);
        if (!AtEnd && _text[_at] is '=' or ':') Fail(_at, $"{Shown(_at)} in a value; put the value in double quotes");
    }

    /// <summary>A key may have white space in it, a value ends at it.</summary>
    private string Unquoted(bool inKey)
    {
        var start = _at;
        while (!AtEnd && !IsComment() && !NotInText.Contains(_text[_at], StringComparison.Ordinal) && (inKey ? _text[_at] != '.' : !char.IsWhiteSpace(_text[_at]))) _at++;
        return _text[start.._at].Trim();
    }

    /// <param name="isName">A name is compared with others, and must stand there as it is.</param>
    private string? Quoted(bool isName)
    {
        var opened = _at++;
        while (true)
        {
            if (AtEnd || _text[_at] == '\n')
            {
                Fail(opened, "the \" of this line is not closed; a text of several lines stands in three of them");
                return null;
            }
            if (_text[_at] == '"') return _text[(opened + 1)..(_at++)];
            if (isName && _text[_at] == '\\')
            {
                Fail(_at, "a \\ in a name");
                return null;
            }
            _at = Math.Min(_text.Length, _at + (_text[_at] == '\\' ? 2 : 1));
        }
    }

    private bool TripleQuoted()
    {
        const string Mark = "\"\"\"";
        if (string.CompareOrdinal(_text, _at, Mark, 0, Mark.Length) != 0) return false;
        var end = _text.IndexOf(Mark, _at + Mark.Length, StringComparison.Ordinal);
        if (end < 0) Fail(_at, "the \"\"\" of this line is never closed");
        else _at = end + Mark.Length;
        return true;
    }

    private void Substitution(string path)
    {
        var start = _at;
        _at += 2;
        var target = Unquoted(inKey: false);
        if (AtEnd || _text[_at] != '}' || target.Split('.').Contains(""))
        {
            Fail(start, "after ${ come the path of a key and }, and nothing else");
            return;
        }
        _at++;
        Substitutions.Add(new SubstitutionPlace(path, target, _origin, LineOf(start)));
    }

    private void Blank()
    {
        while (!AtEnd)
        {
            if (IsComment())
                while (!AtEnd && _text[_at] != '\n') _at++;
            else if (char.IsWhiteSpace(_text[_at])) _at++;
            else return;
        }
    }

    private bool IsComment() => _text[_at] == '#' || (_text[_at] == '/' && Next(1) == '/');

    private char Next(int ahead) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private bool IsTooDeep(int depth)
    {
        if (depth < MostDepth) return false;
        Fail(_at, $"nested more than {MostDepth} deep");
        return true;
    }

    /// <summary>The first is told, and nothing after it is looked at.</summary>
    private void Fail(int at, string message)
    {
        Problem ??= (LineOf(at), message);
        _at = _text.Length;
    }

    private string Shown(int at) => char.IsControl(_text[at]) ? $"character {(int)_text[at]}" : _text[at].ToString();

    private int LineOf(int at)
    {
        var (from, line) = at >= _counted.At ? _counted : (0, 1);
        line += _text.AsSpan(from, at - from).Count('\n');
        _counted = (at, line);
        return line;
    }
}
