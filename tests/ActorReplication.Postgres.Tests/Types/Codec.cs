using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;
using Xunit;

namespace ActorReplication.Postgres.Tests.Types;

/// <summary>Through a codec and back, as the tests say it: everything as text.</summary>
internal static class Codec
{
    /// <summary>What is shown for a client's text.</summary>
    public static string Text(string type, string text, int modifier = -1, ValueFormat? format = null)
    {
        var codec = Find(type);
        return Show(codec, codec.ReadText(Encoding.UTF8.GetBytes(text), new ValueArena(), format ?? ValueFormat.Default), modifier, format);
    }

    /// <summary>A client's text, through the engine, in binary: hexadecimal.</summary>
    public static string Binary(string type, string text)
    {
        var codec = Find(type);
        return Convert.ToHexStringLower(Bytes(codec, codec.ReadText(Encoding.UTF8.GetBytes(text), new ValueArena(), ValueFormat.Default)));
    }

    /// <summary>What is shown for a client's binary value.</summary>
    public static string FromBinary(string type, string hex)
    {
        var codec = Find(type);
        return Show(codec, codec.ReadBinary(Convert.FromHexString(hex), new ValueArena()));
    }

    /// <summary>The SQLSTATE that a text is refused with.</summary>
    public static string Refusal(string type, string text) => Assert.Throws<PgException>(() => Text(type, text)).Error.SqlState;

    public static string Show(PgType codec, in SqlValue value, int modifier = -1, ValueFormat? format = null)
    {
        var output = new OutputBuffer();
        codec.WriteText(EngineValue.Of(value), modifier, output, format ?? ValueFormat.Default);
        return Encoding.UTF8.GetString(output.Written.Span);
    }

    public static byte[] Bytes(PgType codec, in SqlValue value)
    {
        var output = new OutputBuffer();
        codec.WriteBinary(EngineValue.Of(value), -1, output);
        return output.Written.ToArray();
    }

    public static PgType Find(string type) => PgTypes.OidOf(type) is var oid && oid != 0 ? PgTypes.Find(oid) : throw new ArgumentException(type);
}
