package io.nereid.server.model.warmup;

import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.InnerFile;
import io.nereid.modelrepo.ModelRepositoryException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Makes the values of one input of a warm-up sample, in memory of an arena. Not thread-safe. */
final class WarmupData {
    /** The same values at every load: whether a model loads must not hang on luck. */
    private static final long SEED = 0x5EED;
    private static final int READ_BYTES = 1 << 30;
    /** Small, so that they are valid indices of most tables. */
    private static final int INTEGERS = 10;
    private static final int STRING_BYTES = 8;

    private final String input;
    private final DataType dataType;
    private final long elements;
    private final SegmentAllocator memory;

    WarmupData(String input, DataType dataType, long elements, SegmentAllocator memory) {
        this.input = input;
        this.dataType = dataType;
        this.elements = elements;
        this.memory = memory;
    }

    /** Zeros; for BYTES empty strings. */
    MemorySegment zero() {
        return allocate(dataType.isFixedSize() ? dataType.byteSize() : Integer.BYTES);
    }

    private MemorySegment allocate(long elementBytes) {
        return memory.allocate(Math.multiplyExact(elements, elementBytes), TensorMemory.ALIGNMENT);
    }

    /** Floats from 0 to 1, integers from 0 to 9, strings of eight letters. */
    MemorySegment random() {
        SplittableRandom random = new SplittableRandom(SEED);
        MemorySegment data = allocate(dataType.isFixedSize() ? dataType.byteSize() : Integer.BYTES + STRING_BYTES);
        for (long i = 0; i < elements; i++) {
            write(data, i, random);
        }
        return data;
    }

    private void write(MemorySegment data, long index, SplittableRandom random) {
        long at = index * dataType.byteSize();
        switch (dataType) {
            case BOOL -> data.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(2));
            case INT8, UINT8 -> data.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt(INTEGERS));
            case INT16, UINT16 -> data.set(ElementLayout.SHORT, at, (short) random.nextInt(INTEGERS));
            case INT32, UINT32 -> data.set(ElementLayout.INT, at, random.nextInt(INTEGERS));
            case INT64, UINT64 -> data.set(ElementLayout.LONG, at, random.nextInt(INTEGERS));
            case FP16 -> data.set(ElementLayout.SHORT, at, Float.floatToFloat16((float) random.nextDouble()));
            case BF16 -> data.set(ElementLayout.SHORT, at,
                    (short) (Float.floatToRawIntBits((float) random.nextDouble()) >>> 16));
            case FP32 -> data.set(ElementLayout.FLOAT, at, (float) random.nextDouble());
            case FP64 -> data.set(ElementLayout.DOUBLE, at, random.nextDouble());
            case BYTES -> writeString(data, index * (Integer.BYTES + STRING_BYTES), random);
        }
    }

    private static void writeString(MemorySegment data, long at, SplittableRandom random) {
        data.set(ElementLayout.INT, at, STRING_BYTES);
        for (int i = 0; i < STRING_BYTES; i++) {
            data.set(ValueLayout.JAVA_BYTE, at + Integer.BYTES + i, (byte) ('a' + random.nextInt(26)));
        }
    }

    /**
     * What the file has: for BYTES all of it, else as many of its first bytes as the elements take.
     *
     * @throws InferenceException INVALID_ARG if it is not in the directory {@code warmup} or too short, INTERNAL if it
     *     cannot be read
     */
    MemorySegment read(Path modelDirectory, String fileName) throws InferenceException {
        try (FileChannel file = FileChannel
                .open(InnerFile.find(modelDirectory, "warmup/" + fileName, "warm-up file"))) {
            long size = file.size();
            long wanted = dataType.isFixedSize() ? Math.multiplyExact(elements, (long) dataType.byteSize()) : size;
            if (size < wanted) {
                throw WarmupSample.invalid("warmup setting expects " + wanted + " bytes, but the data provided from "
                        + fileName + " has " + size + " bytes (input '" + input + "')");
            }
            return read(file, wanted);
        } catch (NoSuchFileException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "failed to open text file for read "
                    + modelDirectory.resolve("warmup/" + fileName) + ": No such file or directory (the model_warmup's"
                    + " input '" + input + "' names it)", e);
        } catch (IOException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "failed to read file 'warmup/" + fileName + "' of input '"
                    + input + "': " + e, e);
        } catch (ModelRepositoryException e) {
            throw WarmupSample.invalid(String.valueOf(e.getMessage()));
        }
    }

    private MemorySegment read(FileChannel file, long bytes) throws IOException {
        MemorySegment data = memory.allocate(bytes, TensorMemory.ALIGNMENT);
        long at = 0;
        while (at < bytes) {
            int read = file.read(data.asSlice(at, Math.min(READ_BYTES, bytes - at)).asByteBuffer());
            if (read < 0) {
                throw new IOException("it became shorter while it was read");
            }
            at += read;
        }
        return data;
    }
}
