package io.nereid.backend.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The images that {@code src/test/python/make_images.py} has made, and the pixels that Pillow makes of them. */
public final class TestImages {
    private static final Map<String, byte[]> FILES = read();

    private TestImages() {}

    private static Map<String, byte[]> read() {
        Map<String, byte[]> files = new TreeMap<>();
        try (InputStream resource = Objects.requireNonNull(TestImages.class.getResourceAsStream("images.zip"));
                ZipInputStream zip = new ZipInputStream(resource)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                files.put(entry.getName(), zip.readAllBytes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    /** The names of all files that begin so. */
    public static Stream<String> named(String prefix) {
        return FILES.keySet().stream().filter(name -> name.startsWith(prefix));
    }

    /** The names of all images that begin so. */
    public static Stream<String> images(String prefix) {
        return named(prefix).filter(name -> !name.endsWith(".rgb"));
    }

    /** The bytes of a file. */
    public static byte[] file(String name) {
        return Objects.requireNonNull(FILES.get(name), name).clone();
    }

    /** Red, green and blue of each pixel, row by row, as Pillow has them; {@code name} is an image's or a result's. */
    public static byte[] pixels(String name) {
        byte[] file = file(name.replaceFirst("\\.[a-z]+$", "") + ".rgb");
        return Arrays.copyOfRange(file, 2 * Integer.BYTES, file.length);
    }

    /** Bytes as native memory that nobody frees but the collector. */
    public static MemorySegment memory(byte[] bytes) {
        MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, bytes.length), 8);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return memory.asSlice(0, bytes.length);
    }

    /** The largest difference of two bytes at the same place. */
    public static int largestDifference(byte[] a, byte[] b) {
        if (a.length != b.length) {
            throw new AssertionError(a.length + " bytes and " + b.length);
        }
        int largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs((a[i] & 0xff) - (b[i] & 0xff)));
        }
        return largest;
    }

    /** The mean difference of two bytes at the same place. */
    public static double meanDifference(byte[] a, byte[] b) {
        long sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs((a[i] & 0xff) - (b[i] & 0xff));
        }
        return (double) sum / a.length;
    }
}
