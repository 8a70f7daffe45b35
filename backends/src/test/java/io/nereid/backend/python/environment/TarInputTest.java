package io.nereid.backend.python.environment;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Tar archives, whole and damaged. */
class TarInputTest {
    private static final int SIZE = 124;
    private static final int SIZE_BYTES = 12;

    private final TarArchive tar = new TarArchive();

    private TarInput input() {
        return input(tar.toByteArray());
    }

    private static TarInput input(byte[] bytes) {
        return new TarInput(new ByteArrayInputStream(bytes));
    }

    private static TarEntry next(TarInput in) throws IOException {
        TarEntry entry = in.next();
        if (entry == null) {
            throw new AssertionError("no more entries");
        }
        return entry;
    }

    private static String content(TarInput in) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        in.copyTo(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<String> names(TarInput in) throws IOException {
        List<String> names = new ArrayList<>();
        for (TarEntry entry = in.next(); entry != null; entry = in.next()) {
            names.add(entry.name());
        }
        return names;
    }

    private void assertDamaged(String why) {
        assertThatThrownBy(() -> names(input())).isInstanceOf(IOException.class).hasMessageContaining(why);
    }

    @Test
    void next_everyType_isAsTheHeaderSays() throws Exception {
        for (char type : "01234567".toCharArray()) {
            tar.add("name" + type, type, "link" + type, 0644, "");
        }
        TarInput in = input();
        for (char type : "01234567".toCharArray()) {
            assertThat(next(in)).isEqualTo(new TarEntry("name" + type, "link" + type, type, 0, 0644));
        }
        assertThat(in.next()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 512, 513, 1024, 70_000})
    void copyTo_contentOfAnyLength_isItAndThePaddingIsPassedOver(int length) throws Exception {
        String text = "x".repeat(length);
        tar.add("a", '0', "", 0644, text).add("b", '0', "", 0644, "after");
        TarInput in = input();
        assertThat(next(in).size()).isEqualTo(length);
        assertThat(content(in)).isEqualTo(text);
        assertThat(content(in)).as("nothing is left of it").isEmpty();
        next(in);
        assertThat(content(in)).isEqualTo("after");
        assertThat(names(input())).as("content that nobody reads").containsExactly("a", "b");
    }

    @Test
    void next_afterAnEmptyBlock_isTheEnd() throws Exception {
        tar.add("a", '0', "", 0644, "").raw(new byte[TarArchive.BLOCK]).add("b", '0', "", 0644, "");
        assertThat(names(input())).containsExactly("a");
        assertThat(input(new byte[0]).next()).isNull();
    }

    @Test
    void next_prefixOfPosix_isInFrontAndThatOfGnuIsATime() throws Exception {
        Consumer<byte[]> prefix = header -> TarArchive.put(header, 345, "p".repeat(155));
        tar.add("n".repeat(100), '0', new byte[0], prefix).add("gnu", '0', new byte[0], prefix.andThen(
                header -> TarArchive.put(header, 257, "ustar  \0")));
        TarInput in = input();
        assertThat(next(in).name()).isEqualTo("p".repeat(155) + "/" + "n".repeat(100));
        assertThat(next(in).name()).isEqualTo("gnu");
    }

    @Test
    void next_longNames_areOfTheNextEntryOnly() throws Exception {
        String name = "é".repeat(200);
        tar.add("././@LongLink", 'K', "", 0, "target/" + name + "\0").add("././@LongLink", 'L', "", 0, name + "\0")
                .add("short", '2', "cut", 0777, "").add("plain", '2', "there", 0777, "");
        TarInput in = input();
        assertThat(next(in)).isEqualTo(new TarEntry(name, "target/" + name, '2', 0, 0777));
        assertThat(next(in)).isEqualTo(new TarEntry("plain", "there", '2', 0, 0777));
    }

    @Test
    void next_paxRecords_areReadByTheirLengths() throws Exception {
        tar.pax("mtime=1.5", "path=dir/ä=b", "LIBARCHIVE.xattr.x=9 path=no\n12 path=no", "linkpath=to\nline")
                .add("short", '2', "cut", 0777, "");
        assertThat(next(input())).isEqualTo(new TarEntry("dir/ä=b", "to\nline", '2', 0, 0777));
    }

    @Test
    void next_paxValueOfAnyBytes_doesNotDisturbWhatFollows() throws Exception {
        byte[] value = {(byte) 0xff, '\n', (byte) 0xc3, '=', ' ', 0, (byte) 0x80};
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        byte[] key = " SCHILY.xattr.security.capability=".getBytes(StandardCharsets.UTF_8);
        records.writeBytes(String.valueOf(2 + key.length + value.length + 1).getBytes(StandardCharsets.UTF_8));
        records.writeBytes(key);
        records.writeBytes(value);
        records.write('\n');
        records.writeBytes(TarArchive.record("path=right").getBytes(StandardCharsets.UTF_8));
        tar.add("PaxHeader", 'x', records.toByteArray(), _ -> {
        }).add("wrong", '0', "", 0644, "");
        assertThat(names(input())).containsExactly("right");
    }

    @Test
    void next_paxSize_takesThePlaceOfTheHeaders() throws Exception {
        byte[] bytes = "0123456789".getBytes(StandardCharsets.UTF_8);
        tar.pax("size=10").add("large", '0', bytes, header -> TarArchive.put(header, SIZE, "00000000000"))
                .add("after", '0', "", 0644, "its own");
        TarInput in = input();
        assertThat(next(in).size()).isEqualTo(10);
        assertThat(content(in)).isEqualTo("0123456789");
        assertThat(next(in).size()).isEqualTo(7);
        assertThat(content(in)).isEqualTo("its own");
    }

    @Test
    void next_globalPaxHeader_isPassedOver() throws Exception {
        tar.add("pax_global_header", 'g', "", 0, TarArchive.record("comment=of git")).add("a", '0', "", 0644, "");
        assertThat(names(input())).containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"path=x\n", "9path=x\n", "x path=a\n", "-1 path=a\n", "0 path=a\n", "4 path=a\n",
            "99 path=a\n", "9 path=a", "99999999999999999999 path=a\n", "9 path a\n", "1 \n"})
    void next_paxRecordThatIsNone_isDamaged(String records) {
        tar.add("PaxHeader", 'x', "", 0, records).add("a", '0', "", 0644, "");
        assertDamaged("a header of the archive is damaged");
    }

    @Test
    void next_linkWithASize_hasNoContent() throws Exception {
        for (char type : "12345".toCharArray()) {
            tar.add("n" + type, type, new byte[0], header -> TarArchive.put(header, SIZE, "00000002000"));
        }
        tar.add("file", '0', "", 0644, "after");
        assertThat(names(input())).containsExactly("n1", "n2", "n3", "n4", "n5", "file");
    }

    @Test
    void next_sparseFileOfEitherFormat_isRefused() {
        tar.add("data", 'S', "", 0644, "x");
        assertDamaged("'data' is a sparse file");
        assertThatThrownBy(() -> names(input(new TarArchive().pax("GNU.sparse.major=1", "GNU.sparse.name=weights")
                .add("GNUSparseFile.0/weights", '0', "", 0644, "").toByteArray()))).isInstanceOf(IOException.class)
                .hasMessageContaining("'weights' is a sparse file");
    }

    @ParameterizedTest
    @CsvSource({"'00000000012', 10", "'         12', 10", "'12', 10", "'12         ', 10", "'', 0"})
    void next_sizeInOctalDigits_isReadWithWhateverPaddingItHas(String digits, int size) throws Exception {
        tar.add("a", '0', new byte[0], header -> {
            Arrays.fill(header, SIZE, SIZE + SIZE_BYTES, (byte) 0);
            TarArchive.put(header, SIZE, digits);
        });
        assertThat(next(input()).size()).isEqualTo(size);
    }

    @ParameterizedTest
    @ValueSource(strings = {"9", "0x10", "-1", "1 2", "1_0", "77777777777a"})
    void next_sizeThatIsNoNumber_isDamaged(String digits) {
        tar.add("a", '0', new byte[0], header -> {
            Arrays.fill(header, SIZE, SIZE + SIZE_BYTES, (byte) 0);
            TarArchive.put(header, SIZE, digits);
        });
        assertDamaged("a header of the archive is damaged");
    }

    private static Consumer<byte[]> binarySize(int first, int upper, long value) {
        return header -> {
            ByteBuffer.wrap(header, SIZE, SIZE_BYTES).putInt(upper).putLong(value);
            header[SIZE] = (byte) first;
        };
    }

    @Test
    void next_sizeInBinary_isReadUpToWhatALongTakes() throws Exception {
        tar.add("a", '0', new byte[0], binarySize(0x80, 0, 1L << 40));
        assertThat(next(input()).size()).isEqualTo(1L << 40);
    }

    @Test
    void next_sizeInBinaryThatIsTooLargeOrNegative_isDamaged() {
        List<Consumer<byte[]>> sizes = List.of(binarySize(0x80, 1, 0), binarySize(0x81, 0, 5),
                binarySize(0x80, 0, Long.MIN_VALUE), binarySize(0x80, 0, Long.MAX_VALUE), binarySize(0xff, -1, -5));
        for (Consumer<byte[]> size : sizes) {
            byte[] archive = new TarArchive().add("a", '0', new byte[0], size).toByteArray();
            assertThatThrownBy(() -> names(input(archive))).isInstanceOf(IOException.class)
                    .hasMessageContaining("a header of the archive is damaged");
        }
    }

    @Test
    void next_nameLongerThanAny_isRefusedBeforeItIsRead() {
        tar.add("././@LongLink", 'L', new byte[0], header -> TarArchive.put(header, SIZE, "17777777777"));
        assertDamaged("a name of 2147483647 bytes");
    }

    @Test
    void next_anyByteOfAHeaderChanged_isDamaged() {
        byte[] whole = tar.add("lib/file", '0', "", 0644, "").toByteArray();
        Random random = new Random(20261130);
        for (int i = 0; i < TarArchive.BLOCK; i++) {
            if (i >= 154 && i < 156) {
                continue; // what ends the checksum
            }
            byte[] damaged = whole.clone();
            damaged[i] ^= (byte) (1 + random.nextInt(15));
            assertThatThrownBy(() -> names(input(damaged))).as("byte %d", i).isInstanceOf(IOException.class);
        }
    }

    @Test
    void next_whatIsNoTar_isDamaged() {
        byte[] text = "no archive at all\n".repeat(100).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> names(input(text))).isInstanceOf(IOException.class);
    }

    /** Wherever it is cut but between two entries. */
    @Test
    void next_archiveThatIsCut_isAnErrorOfItsEnd() throws Exception {
        byte[] whole = tar.add("a", '0', "", 0644, "x".repeat(700)).pax("path=" + "b".repeat(600))
                .add("b", '0', "", 0644, "").toByteArray();
        List<Integer> between = List.of(0, 3 * TarArchive.BLOCK, 6 * TarArchive.BLOCK);
        assertThat(whole).hasSize(7 * TarArchive.BLOCK);
        for (int length = 0; length < whole.length; length += 64) {
            byte[] cut = Arrays.copyOf(whole, length);
            if (between.contains(length)) {
                assertThat(names(input(cut))).hasSizeLessThan(2);
            } else {
                assertThatThrownBy(() -> names(input(cut))).as("cut at %d", length).isInstanceOf(EOFException.class);
            }
        }
    }

    @Test
    void copyTo_contentThatIsCut_isAnError() throws Exception {
        byte[] whole = tar.add("a", '0', "", 0644, "x".repeat(512)).toByteArray();
        TarInput in = input(Arrays.copyOf(whole, whole.length - 1));
        assertThat(next(in).name()).isEqualTo("a");
        assertThatThrownBy(() -> content(in)).isInstanceOf(EOFException.class)
                .hasMessage("the archive ends within a file");
    }

    @Test
    void next_random_isAnEntryOrAnIOException() {
        byte[] whole = tar.pax("path=long", "size=3").add("a", '0', "", 0644, "abc")
                .add("l", 'L', "", 0, "name\0").add("b", '5', "", 0755, "").raw(new byte[1024]).toByteArray();
        Random random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(whole.length + 1));
            for (int i = random.nextInt(4); i > 0 && damaged.length > 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(names(input(damaged))).hasSizeLessThanOrEqualTo(3);
            } catch (IOException _) {
                // It is damaged; any other exception fails the test.
            }
        }
    }
}
