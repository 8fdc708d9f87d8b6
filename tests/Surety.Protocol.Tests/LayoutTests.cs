using System;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Surety.Engine.Contracts;
using Surety.Protocol.Commands;

namespace Surety.Protocol.Tests;

public class LayoutTests
{
    [Fact]
    public void The_layout_of_every_command_event_and_row_is_frozen()
    {
        var text = new StringBuilder();
        foreach (Type type in typeof(CommandHeader).Assembly.GetTypes()
            .Where(t => t.IsValueType && !t.IsEnum && !t.IsGenericType && t.IsPublic && t.StructLayoutAttribute is { Size: > 0 })
            // The one row that stands with the engine: what a contract's program remembers.
            .Append(typeof(RunningContract))
            .OrderBy(t => t.Namespace, StringComparer.Ordinal).ThenBy(t => t.Name, StringComparer.Ordinal))
        {
            int size = (int)typeof(LayoutTests).GetMethod(nameof(SizeOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, null)!;
            Assert.True(size == type.StructLayoutAttribute!.Size, $"{type.Name}: its fields take {size} bytes, its declared size is {type.StructLayoutAttribute.Size}");
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{type.Namespace}.{type.Name} {size}\n");
            foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"  {OffsetOf(type, field)} {field.Name} {Name(field.FieldType)}\n");
            }
        }
        Golden.Check("layout.txt", text.ToString());
    }

    [Fact]
    public void Numbers_that_are_persisted_are_frozen()
    {
        var text = new StringBuilder();
        foreach (Type type in typeof(CommandHeader).Assembly.GetTypes().Where(t => t.IsEnum && t.IsPublic).OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{type.FullName} : {Enum.GetUnderlyingType(type).Name}\n");
            foreach (object value in Enum.GetValues(type))
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"  {Convert.ToInt64(value, null)} {value}\n");
            }
        }
        Golden.Check("enums.txt", text.ToString());
    }

    private static int SizeOf<T>()
        where T : unmanaged => System.Runtime.CompilerServices.Unsafe.SizeOf<T>();

    // The offset at which a non-zero field shows in the bytes of an otherwise zero value.
    private static int OffsetOf(Type type, FieldInfo field) =>
        (int)typeof(LayoutTests).GetMethod(nameof(FirstByte), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type, field.FieldType).Invoke(null, [field])!;

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

    private static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{Name(type.GetGenericArguments()[0])}>" : type.Name;
}
