using System;
using System.Globalization;
using System.Linq;
using System.Text;
using Surety.Engine.State;

namespace Surety.Protocol.Tests;

public class LayoutTests
{
    [Fact]
    public void The_layout_of_every_command_event_and_row_is_frozen()
    {
        var text = new StringBuilder();
        // The one row that stands with the engine: what a contract's program remembers.
        foreach (Type type in Layout.All.Append(typeof(RunningContract))
            .OrderBy(t => t.Namespace, StringComparer.Ordinal).ThenBy(t => t.Name, StringComparer.Ordinal))
        {
            int size = Layout.SizeOf(type);
            Assert.True(size == type.StructLayoutAttribute!.Size,
                $"{type.Name}: its fields take {size} bytes, its declared size is {type.StructLayoutAttribute.Size}");
            text.Append(CultureInfo.InvariantCulture, $"{type.Namespace}.{type.Name} {size}\n");
            foreach (LayoutField field in Layout.FieldsOf(type))
            {
                text.Append(CultureInfo.InvariantCulture, $"  {field.Offset} {field.Name} {Name(field.Type)}\n");
            }
        }
        Golden.Check("layout.txt", text.ToString());
    }

    [Fact]
    public void Numbers_that_are_persisted_are_frozen()
    {
        var text = new StringBuilder();
        foreach (Type type in Layout.Enums.OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{type.FullName} : {Enum.GetUnderlyingType(type).Name}\n");
            foreach (object value in Enum.GetValues(type))
            {
                text.Append(CultureInfo.InvariantCulture, $"  {Convert.ToInt64(value, null)} {value}\n");
            }
        }
        Golden.Check("enums.txt", text.ToString());
    }

    [Fact]
    public void Fields_follow_each_other_without_bytes_between_them()
    {
        foreach (Type type in Layout.All)
        {
            int at = 0;
            foreach (LayoutField field in Layout.FieldsOf(type))
            {
                Assert.True(field.Offset == at, $"{type.Name}: {field.Name} begins at {field.Offset}, the field before it ends at {at}");
                at += field.Bytes;
            }
        }
    }

    private static string Name(Type type) =>
        type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{Name(type.GetGenericArguments()[0])}>"
            : type.Name;
}
