// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.penstock.accounting.ExchangeRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class EntryCodecTest {

    private final EntryWriter bytes = new EntryWriter();

    @Test
    void whatIsWrittenIsReadAsItWas() throws Exception {
        for (ExchangeRecord record : new RandomExchanges(11).take(5_000)) {
            assertThat(decode(encode(record))).isEqualTo(new LedgerEntry("node-1", record));
        }
    }

    @Test
    void whatWasSaidIsBehindTheRecordAndWithoutItAnEntryIsWhatAnOlderProgramReads() throws Exception {
        ExchangeRecord record = new RandomExchanges(15).get();
        CallContent content = new CallContent(
                Instant.ofEpochMilli(1_800_000_000_123L),
                new CallContent.Said("{\"a\":\"gr\u00fcn \ud83c\udf88\"}", 70_000, true, 3),
                new CallContent.Said("", 0, false, 0));
        byte[] without = encode(record);
        bytes.clear();
        EntryCodec.encode("node-1", record, content, bytes);
        byte[] with = Arrays.copyOf(bytes.array(), bytes.length());

        LedgerEntry read = decode(with);

        assertThat(read).isEqualTo(new LedgerEntry("node-1", record, content));
        assertThat(read.toString()).doesNotContain("gr\u00fcn");
        assertThat(without[0]).isEqualTo((byte) 1);
        assertThat(with[0]).isEqualTo((byte) 2);
        assertThat(Arrays.copyOfRange(with, 1, without.length))
                .isEqualTo(Arrays.copyOfRange(without, 1, without.length));
        for (int length = without.length; length < with.length; length++) {
            byte[] cut = Arrays.copyOf(with, length);
            assertThatExceptionOfType(UnreadableEntry.class).isThrownBy(() -> decode(cut));
        }
    }

    @Test
    void whatIsCountedOfAnEntryIsThereAsInTheWhole() throws Exception {
        for (ExchangeRecord record : new RandomExchanges(18).take(2_000)) {
            ExchangeRecord counted = EntryBytes.counted(encode(record)).exchange();

            assertThat(counted.uuid()).isEqualTo(record.uuid());
            assertThat(counted.startedAt()).isEqualTo(record.startedAt());
            assertThat(counted.alias()).isEqualTo(record.alias());
            assertThat(counted.target()).isEqualTo(record.target());
            assertThat(counted.outcome()).isEqualTo(record.outcome());
            assertThat(counted.error()).isEqualTo(record.error());
            assertThat(counted.usage()).isEqualTo(record.usage());
            assertThat(counted.attempts()).isEqualTo(record.attempts());
            assertThat(counted.durationNanos()).isEqualTo(record.durationNanos());
            assertThat(counted.ttftNanos()).isEqualTo(record.ttftNanos());
            assertThat(counted.nanoUsd()).isEqualTo(record.nanoUsd());
            assertThat(counted.tenant()).isEqualTo(record.tenant());
            assertThat(counted.user()).isEqualTo(record.user());
            assertThat(counted.keyId()).isEqualTo(record.keyId());
            assertThat(counted.who().feature()).isEqualTo(record.who().feature());
        }
    }

    @Test
    void textsWithHalvesOfPairsComeBackAsTheyWere() throws Exception {
        for (String text : List.of(
                "\ud83d",
                "a\ude00\ud83d",
                "gr\u00fcn \ud83d\ude00 \ud83d and \ufffd",
                "\udfff\udbff",
                "\ud83d\ud83d\ude00\ude00")) {
            bytes.clear();
            bytes.text(text);

            assertThat(new EntryReader(bytes.array(), 0, bytes.length()).text()).isEqualTo(text);
        }
    }

    @Test
    void theBytesOfAnEntryAreThoseOfTheJournalWithoutWhatWasSaid() throws Exception {
        ExchangeRecord record = new RandomExchanges(17).get();
        CallContent content = new CallContent(
                Instant.ofEpochMilli(1_800_000_000_123L),
                new CallContent.Said("secret words", 12, false, 0),
                new CallContent.Said("", 0, false, 0));
        byte[] without = encode(record);
        bytes.clear();
        EntryCodec.encode("node-1", record, content, bytes);
        LedgerEntry entry = decode(Arrays.copyOf(bytes.array(), bytes.length()));

        assertThat(entry.bytes()).isNotNull();
        assertThat(EntryBytes.of(entry)).isEqualTo(without);
        assertThat(EntryBytes.of(new LedgerEntry("node-1", record, content))).isEqualTo(without);
        assertThat(EntryBytes.read(EntryBytes.of(entry))).isEqualTo(new LedgerEntry("node-1", record));
    }

    @Test
    void anEntryOfANewerVersionIsRefusedByName() {
        byte[] entry = encode(new RandomExchanges(12).get());
        entry[0] = EntryCodec.VERSION + 1;
        assertThatExceptionOfType(UnreadableEntry.class)
                .isThrownBy(() -> decode(entry))
                .withMessage("a newer Penstock wrote this, with version 3 of entries that this one does not know")
                .matches(UnreadableEntry::isNewer);
    }

    @Test
    void aWordThatAnOlderProgramDoesNotKnowCountsAsNewer() {
        byte[] entry = encode(new RandomExchanges(13).get());
        String text = new String(entry, StandardCharsets.ISO_8859_1);
        int schema = text.indexOf("_", text.indexOf("node-1") + 30);
        while (!Character.isUpperCase(text.charAt(schema + 1)) || !Character.isUpperCase(text.charAt(schema - 1))) {
            schema = text.indexOf("_", schema + 1);
        }
        entry[schema] = 'X';
        assertThatExceptionOfType(UnreadableEntry.class)
                .isThrownBy(() -> decode(entry))
                .matches(UnreadableEntry::isNewer)
                .withMessageContaining("a schema");
    }

    @Test
    void bytesThatAreCutOrChangedNeverEndInAnythingButAValueOrARefusal() {
        SplittableRandom random = new SplittableRandom(14);
        for (ExchangeRecord record : new RandomExchanges(14).take(300)) {
            byte[] entry = encode(record);
            for (int i = 0; i < 20; i++) {
                byte[] broken = Arrays.copyOf(entry, random.nextInt(entry.length));
                assertThatExceptionOfType(UnreadableEntry.class).isThrownBy(() -> decode(broken));
                byte[] changed = entry.clone();
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
                try {
                    decode(changed);
                } catch (UnreadableEntry expected) {
                    assertThat(expected.getMessage()).isNotEmpty();
                }
            }
        }
    }

    private byte[] encode(ExchangeRecord record) {
        bytes.clear();
        EntryCodec.encode("node-1", record, null, bytes);
        return Arrays.copyOf(bytes.array(), bytes.length());
    }

    private static LedgerEntry decode(byte[] entry) throws UnreadableEntry {
        return EntryCodec.decode(entry, 0, entry.length);
    }
}
