using System;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Xunit;

namespace Surety.Protocol.Tests;

public class OptionalIdTests
{
    [Fact]
    public void Bytes_of_zero_are_none()
    {
        Assert.False(default(Position).Market.Exists);
        Assert.Equal(-1, default(Position).Market.Number);
        Assert.Equal(OptionalId.None, default(CancelAll).Market);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_534)]
    public void A_number_is_kept_in_two_bytes_and_in_four(int number)
    {
        var position = new Position { Market = OptionalId.Of(number) };
        var command = new CancelAll { Market = OptionalId.Of(number) };
        Assert.Equal(number + 1, position.MarketPlusOne);
        Assert.Equal((uint)number + 1, command.MarketPlusOne);
        Assert.Equal(number, position.Market.Number);
        Assert.Equal(number, command.Market.Number);
    }

    [Theory]
    [InlineData(0x7FFF_FFFFu, 0x7FFF_FFFE)]
    [InlineData(0x8000_0000u, int.MaxValue)]
    [InlineData(0xFFFF_FFFFu, int.MaxValue)]
    public void What_a_stranger_sends_is_never_none_nor_below_zero(uint plusOne, int number)
    {
        var command = new CancelAll { MarketPlusOne = plusOne };
        Assert.True(command.Market.Exists);
        Assert.Equal(number, command.Market.Number);
    }

    [Fact]
    public void A_number_that_two_bytes_do_not_hold_is_an_error_and_not_another_number()
    {
        Assert.Throws<OverflowException>(() => new Position { Market = OptionalId.Of(65_535) });
        Assert.Throws<ArgumentOutOfRangeException>(() => OptionalId.Of(-2));
        Assert.Throws<ArgumentOutOfRangeException>(() => OptionalId.Of(int.MaxValue));
    }
}
