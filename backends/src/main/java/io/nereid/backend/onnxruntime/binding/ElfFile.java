package io.nereid.backend.onnxruntime.binding;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** A shared library's file as far as the dynamic loader reads it first: 64-bit ELF, little-endian. */
final class ElfFile {
    private static final int MAGIC = 0x464c457f;
    private static final byte CLASS_64 = 2;
    private static final byte LITTLE_ENDIAN = 1;
    private static final int HEADER_BYTES = 64;
    private static final int SEGMENT_BYTES = 56;
    private static final int ENTRY_BYTES = 16;
    private static final int SEGMENT_LOAD = 1;
    private static final int SEGMENT_DYNAMIC = 2;
    private static final long TAG_END = 0;
    private static final long TAG_NEEDED = 1;
    private static final long TAG_STRINGS = 5;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;

    private ElfFile(MemorySegment bytes) {
        this.bytes = bytes;
    }

    /** The names of the libraries that this one needs, in its own order; none if it is no such file. */
    static List<String> needed(Path library) throws IOException {
        try (FileChannel channel = FileChannel.open(library, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new ElfFile(bytes).needed();
        } catch (IndexOutOfBoundsException _) {
            throw new IOException(library + ": the file is damaged, its tables lead out of it");
        }
    }

    private List<String> needed() {
        List<Long> names = new ArrayList<>();
        long strings = 0;
        long dynamic = isElf() ? offsetOfDynamic() : 0;
        for (long entry = dynamic; entry > 0 && bytes.get(LONG, entry) != TAG_END; entry += ENTRY_BYTES) {
            long tag = bytes.get(LONG, entry);
            long value = bytes.get(LONG, entry + Long.BYTES);
            if (tag == TAG_NEEDED) {
                names.add(value);
            } else if (tag == TAG_STRINGS) {
                strings = offsetOf(value);
            }
        }
        long table = strings;
        return names.stream().map(name -> bytes.getString(table + name)).toList();
    }

    private boolean isElf() {
        return bytes.byteSize() >= HEADER_BYTES && bytes.get(INT, 0) == MAGIC
                && bytes.get(ValueLayout.JAVA_BYTE, 4) == CLASS_64
                && bytes.get(ValueLayout.JAVA_BYTE, 5) == LITTLE_ENDIAN;
    }

    /** Where the table of what the loader needs lies in the file; 0 if there is none. */
    private long offsetOfDynamic() {
        for (int i = 0; i < segments(); i++) {
            if (bytes.get(INT, segment(i)) == SEGMENT_DYNAMIC) {
                return bytes.get(LONG, segment(i) + 8);
            }
        }
        return 0;
    }

    /** Where in the file lies what will be at this address in memory. */
    private long offsetOf(long address) {
        for (int i = 0; i < segments(); i++) {
            long start = bytes.get(LONG, segment(i) + 16);
            long size = bytes.get(LONG, segment(i) + 32);
            if (bytes.get(INT, segment(i)) == SEGMENT_LOAD && address >= start && address - start < size) {
                return address - start + bytes.get(LONG, segment(i) + 8);
            }
        }
        throw new IndexOutOfBoundsException();
    }

    private int segments() {
        return Short.toUnsignedInt(bytes.get(SHORT, 56));
    }

    private long segment(int number) {
        return bytes.get(LONG, 32) + (long) number * SEGMENT_BYTES;
    }
}
