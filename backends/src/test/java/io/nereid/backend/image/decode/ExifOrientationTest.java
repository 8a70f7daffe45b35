package io.nereid.backend.image.decode;

import io.nereid.backend.image.TestImages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;

final class ExifOrientationTest {
    private static final int TAG = 0x0112;
    private static final int SHORT = 3;
    /** Where the entry of the orientation begins in {@link #tiff(boolean, int)}, behind one of another tag. */
    private static final int ENTRY = 8 + 2 + 12;

    /** What cameras write: a directory of two entries, the second of which is the orientation. */
    static byte[] tiff(boolean big, int orientation) {
        ByteBuffer tiff = ByteBuffer.allocate(ENTRY + 12 + 4)
                .order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        tiff.put((byte) (big ? 'M' : 'I')).put((byte) (big ? 'M' : 'I')).putShort((short) 42).putInt(8);
        tiff.putShort((short) 2);
        tiff.putShort((short) 0x010f).putShort((short) 2).putInt(4).putInt(0x41424300);
        tiff.putShort((short) TAG).putShort((short) SHORT).putInt(1).putShort((short) orientation).putShort((short) 0);
        return tiff.putInt(0).array();
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "2, 2", "3, 3", "4, 4", "5, 5", "6, 6", "7, 7", "8, 8", "9, 1", "256, 1", "65535, 1"})
    void read_everyValueInBothByteOrders_isThatOrAsStored(int stored, int expected) {
        assertThat(read(tiff(true, stored))).isEqualTo(expected);
        assertThat(read(tiff(false, stored))).isEqualTo(expected);
    }

    @Test
    void read_notAtTheFilesBeginning_countsFromItsOwn() {
        byte[] tiff = tiff(false, 7);
        byte[] file = new byte[5 + tiff.length];
        System.arraycopy(tiff, 0, file, 5, tiff.length);

        assertThat(ExifOrientation.read(new FileBytes(ImageFormat.JPEG, TestImages.memory(file)), 5)).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void read_cutAnywhere_isAsStored(boolean big) {
        byte[] tiff = tiff(big, 6);
        for (int length = 0; length < ENTRY + 10; length++) {
            assertThat(read(Arrays.copyOf(tiff, length))).as("%d bytes", length).isEqualTo(1);
        }
        assertThat(read(Arrays.copyOf(tiff, ENTRY + 10))).isEqualTo(6);
    }

    /** Offsets and counts have no sign: the largest lead nowhere, and nowhere is as stored. */
    @ParameterizedTest
    @CsvSource({"4, -1", "4, 2147483647", "4, -2147483648", "4, 30"})
    void read_directoryElsewhere_isAsStored(int at, int value) {
        for (boolean big : new boolean[]{false, true}) {
            byte[] tiff = tiff(big, 6);
            order(tiff, big).putInt(at, value);
            assertThat(read(tiff)).isEqualTo(1);
        }
    }

    @Test
    void read_otherTypesAndTags_isAsStored() {
        for (boolean big : new boolean[]{false, true}) {
            byte[] type = tiff(big, 6);
            order(type, big).putShort(ENTRY + 2, (short) 4);
            assertThat(read(type)).isEqualTo(1);
            byte[] tag = tiff(big, 6);
            order(tag, big).putShort(ENTRY, (short) 0x0113);
            assertThat(read(tag)).isEqualTo(1);
            byte[] count = tiff(big, 6);
            order(count, big).putShort(8, (short) 1);
            assertThat(read(count)).as("a directory that ends before it").isEqualTo(1);
            byte[] many = tiff(big, 6);
            order(many, big).putShort(8, (short) -1);
            assertThat(read(many)).as("a directory that ends behind the file").isEqualTo(6);
            byte[] mixed = tiff(big, 6);
            mixed[1] ^= 'M' ^ 'I';
            assertThat(read(mixed)).as("of no byte order").isEqualTo(1);
        }
    }

    private static ByteBuffer order(byte[] tiff, boolean big) {
        return ByteBuffer.wrap(tiff).order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    }

    private static int read(byte[] tiff) {
        return ExifOrientation.read(new FileBytes(ImageFormat.PNG, TestImages.memory(tiff)), 0);
    }
}
