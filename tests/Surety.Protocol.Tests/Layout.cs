using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Protocol.Commands;

namespace Surety.Protocol.Tests;

/// <summary>A field of a layout, as it really lies in memory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Bytes">How many bytes it has.</param>
internal sealed record LayoutField(string Name, Type Type, int Offset, int Bytes);

/// <summary>Reads layouts off the structs.</summary>
internal static class Layout
{
    /// <summary>Every layout of the protocol.</summary>
    public static IEnumerable<Type> All => typeof(CommandHeader).Assembly.GetTypes()
        .Where(t => t.IsValueType && !t.IsEnum && !t.IsGenericType && t.IsPublic && t.StructLayoutAttribute is { Size: > 0 });

    /// <summary>Every enumeration of the protocol.</summary>
    public static IEnumerable<Type> Enums => typeof(CommandHeader).Assembly.GetTypes().Where(t => t.IsEnum && t.IsPublic);

    /// <summary>Bytes of a type.</summary>
    public static int SizeOf(Type type) => (int)Call(nameof(Size), [type]);

    /// <summary>The fields of a layout in their order.</summary>
    public static IReadOnlyList<LayoutField> FieldsOf(Type type) =>
    [
        .. type.GetFields(BindingFlags.Public | BindingFlags.Instance)
            .Select(f => new LayoutField(f.Name, f.FieldType, (int)Call(nameof(FirstByte), [type, f.FieldType], f), SizeOf(f.FieldType))),
    ];

    /// <summary>How many entries an array within a row has; 0 for what is none.</summary>
    public static int Entries(Type type) => type.GetCustomAttribute<InlineArrayAttribute>()?.Length ?? 0;

    /// <summary>The type of an array's entries.</summary>
    public static Type EntryOf(Type array) => array.GetFields(BindingFlags.NonPublic | BindingFlags.Instance).Single().FieldType;

    private static object Call(string method, Type[] types, params object[] arguments) =>
        typeof(Layout).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(types).Invoke(null, arguments)!;

    private static int Size<T>()
        where T : unmanaged => Unsafe.SizeOf<T>();

    // The offset at which a non-zero field shows in the bytes of an otherwise zero value.
    private static int FirstByte<T, TField>(FieldInfo field)
        where T : unmanaged
        where TField : unmanaged
    {
        TField ones = default;
        MemoryMarshal.AsBytes(new Span<TField>(ref ones)).Fill(0xFF);
        object boxed = default(T);
        field.SetValue(boxed, ones);
        var value = (T)boxed;
        return MemoryMarshal.AsBytes(new Span<T>(ref value)).IndexOfAnyExcept((byte)0);
    }
}
