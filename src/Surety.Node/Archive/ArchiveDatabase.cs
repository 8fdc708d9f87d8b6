using System;
using System.Threading;
using System.Threading.Tasks;
using Dapper;
using Npgsql;
using NpgsqlTypes;
using Surety.Core.Hashing;

namespace Surety.Node.Archive;

/// <summary>
/// The archive's tables in PostgreSQL. Each batch and the position after it are one transaction: whatever happens in between, a command
/// is in the archive once or not at all.
/// </summary>
public sealed class ArchiveDatabase(string connectionString) : IAsyncDisposable
{
    private const string Schema = """
        create table if not exists archive_position (venue bytea primary key, sequence bigint not null);
        create table if not exists trades (
            trade_id bigint primary key, sequence bigint not null, time timestamptz not null, market text not null, price numeric not null,
            amount numeric not null, taker_side text not null,
            taker integer not null, maker integer not null, taker_order numeric not null, maker_order numeric not null,
            taker_fee numeric not null, maker_fee numeric not null, liquidation boolean not null);
        create index if not exists trades_by_taker on trades (taker, time);
        create index if not exists trades_by_maker on trades (maker, time);
        create index if not exists trades_by_market on trades (market, time);
        create table if not exists movements (
            sequence bigint not null, ordinal integer not null, time timestamptz not null, account integer not null, asset text not null,
            change numeric not null, balance numeric not null,
            reason text not null, counterparty integer not null, primary key (sequence, ordinal));
        create index if not exists movements_by_account on movements (account, time);
        create table if not exists events (
            sequence bigint not null, ordinal integer not null, time timestamptz not null, kind text not null, account integer, market text,
            details jsonb not null, primary key (sequence, ordinal));
        create index if not exists events_by_kind on events (kind, time);
        create index if not exists events_by_account on events (account, time) where account is not null;
        create table if not exists funding (
            market text not null, hour timestamptz not null, rate numeric not null, index_price numeric not null,
            mark_price numeric not null, funding_index bigint not null, primary key (market, hour));
        create table if not exists blocks (
            height bigint primary key, time timestamptz not null, first_sequence bigint not null, commands bigint not null,
            hash bytea not null, state_root bytea not null, header bytea not null);
        create or replace view fills as
            select trade_id, sequence, time, market, taker as account, taker_side as side, price, amount, taker_fee as fee,
                taker_order as order_id, 'taker' as role, liquidation from trades
            union all
            select trade_id, sequence, time, market, maker, case taker_side when 'buy' then 'sell' else 'buy' end, price, amount, maker_fee,
                maker_order, 'maker', false from trades;
        create or replace view liquidations_by_day as
            select date_trunc('day', time) as day, count(*) filter (where kind = 'LiquidationStarted') as liquidations,
                count(*) filter (where kind = 'PositionTransferred') as positions_moved
            from events where kind in ('LiquidationStarted', 'PositionTransferred') group by 1;
        """;

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(connectionString);

    /// <summary>Makes the tables where they are not there.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(Schema, cancellationToken: cancellation));
    }

    /// <summary>Drops everything.</summary>
    public async Task DropAsync(CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(
            new CommandDefinition(
                "drop view if exists fills, liquidations_by_day; drop table if exists "
                + "archive_position, trades, movements, events, funding, blocks", cancellationToken: cancellation));
    }

    /// <summary>The last command in the archive; 0 for none.</summary>
    /// <exception cref="System.IO.IOException">It is another venue's.</exception>
    public async Task<ulong> PositionAsync(Hash256 venue, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellation);
        byte[]? other =
            await connection.ExecuteScalarAsync<byte[]?>(
                new CommandDefinition("select venue from archive_position where venue <> @venue limit 1", new { venue = Bytes(venue) },
                    cancellationToken: cancellation));
        if (other is not null)
        {
            throw new System.IO.IOException(
                $"this database is the archive of venue {Convert.ToHexStringLower(other)}, not of this venue, {venue}. Name "
                    + $"another database in archive.postgres, or empty this one with surety archive DIR --postgres … --rebuild");
        }
        return (ulong)await connection.ExecuteScalarAsync<long>(
            new CommandDefinition("select coalesce((select sequence from archive_position where venue = @venue), 0)",
                new { venue = Bytes(venue) }, cancellationToken: cancellation));
    }

    /// <summary>
    /// Writes a batch that continues where the archive stands.
    /// </summary>
    /// <returns>False when it does not: another program wrote meanwhile; nothing was changed.</returns>
    public async Task<bool> WriteAsync(Hash256 venue, ulong after, ArchiveBatch batch, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellation);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation);
        if (batch.IsEmpty)
        {
            await InsertBlocksAsync(connection, transaction, batch, cancellation);
            await transaction.CommitAsync(cancellation);
            return true;
        }
        await connection.ExecuteAsync(
            new CommandDefinition("insert into archive_position values (@venue, 0) on conflict do nothing", new { venue = Bytes(venue) },
                transaction, cancellationToken: cancellation));
        int moved = await connection.ExecuteAsync(new CommandDefinition(
            "update archive_position set sequence = @last where venue = @venue and sequence = @after",
            new { venue = Bytes(venue), last = (long)batch.Last, after = (long)after }, transaction, cancellationToken: cancellation));
        if (moved != 1)
        {
            return false;
        }
        await CopyAsync(connection, batch, cancellation);
        await InsertBlocksAsync(connection, transaction, batch, cancellation);
        foreach (ArchivedFunding f in batch.Funding.Values)
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "insert into funding values (@Market, @Hour, @Rate, @IndexPrice, @MarkPrice, @FundingIndex) on conflict (market, "
                    + "hour) do update set rate = excluded.rate, index_price = excluded.index_price, mark_price "
                    + "= excluded.mark_price, funding_index = excluded.funding_index",
                f, transaction, cancellationToken: cancellation));
        }
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static byte[] Bytes(Hash256 hash)
    {
        var bytes = new byte[Hash256.Size];
        hash.CopyTo(bytes);
        return bytes;
    }

    // A block can come again, after a crash between its last command and its header.
    private static Task InsertBlocksAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, ArchiveBatch batch,
        CancellationToken cancellation) =>
        connection.ExecuteAsync(new CommandDefinition(
            "insert into blocks values (@Height, @Time, @FirstSequence, @Commands, @Hash, @StateRoot, @Header) on conflict do nothing",
            batch.Blocks, transaction, cancellationToken: cancellation));

    private static async Task CopyAsync(NpgsqlConnection connection, ArchiveBatch batch, CancellationToken cancellation)
    {
        if (batch.Trades.Count > 0)
        {
            await using NpgsqlBinaryImporter copy =
                await connection.BeginBinaryImportAsync("copy trades from stdin (format binary)", cancellation);
            foreach (ArchivedTrade t in batch.Trades)
            {
                await copy.WriteRowAsync(cancellation, t.TradeId, t.Sequence, t.Time, t.Market, t.Price, t.Amount, t.TakerSide, t.Taker,
                    t.Maker, t.TakerOrder, t.MakerOrder, t.TakerFee, t.MakerFee, t.Liquidation);
            }
            await copy.CompleteAsync(cancellation);
        }
        if (batch.Movements.Count > 0)
        {
            await using NpgsqlBinaryImporter copy =
                await connection.BeginBinaryImportAsync("copy movements from stdin (format binary)", cancellation);
            foreach (ArchivedMovement m in batch.Movements)
            {
                await copy.WriteRowAsync(cancellation, m.Sequence, m.Ordinal, m.Time, m.Account, m.Asset, m.Change, m.Balance, m.Reason,
                    m.Counterparty);
            }
            await copy.CompleteAsync(cancellation);
        }
        if (batch.Events.Count > 0)
        {
            await using NpgsqlBinaryImporter copy =
                await connection.BeginBinaryImportAsync("copy events from stdin (format binary)", cancellation);
            foreach (ArchivedEvent e in batch.Events)
            {
                await copy.StartRowAsync(cancellation);
                await copy.WriteAsync(e.Sequence, cancellation);
                await copy.WriteAsync(e.Ordinal, cancellation);
                await copy.WriteAsync(e.Time, cancellation);
                await copy.WriteAsync(e.Kind, cancellation);
                await (e.Account is { } account ? copy.WriteAsync(account, cancellation) : copy.WriteNullAsync(cancellation));
                await (e.Market is { } market ? copy.WriteAsync(market, cancellation) : copy.WriteNullAsync(cancellation));
                await copy.WriteAsync(e.Details, NpgsqlDbType.Jsonb, cancellation);
            }
            await copy.CompleteAsync(cancellation);
        }
    }
}
