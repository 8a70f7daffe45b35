package io.nereid.server.grpc.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The data of one input as a list of numbers or bytes: an InferTensorContents. Not thread-safe. */
final class TypedContents {
    private static final long FIRST_BYTES = 256;

    private final HeldBuffers buffers;
    private @Nullable Kind kind;
    /** The first kind of data that came beside the one before. */
    private @Nullable Kind second;
    private @Nullable TensorBuffer buffer;
    private long used;

    TypedContents(HeldBuffers buffers) {
        this.buffers = buffers;
    }

    /** The kinds of lists, by their field numbers from 1. */
    private enum Kind {
        BOOL(DataType.BOOL),
        INT(DataType.INT32),
        INT64(DataType.INT64),
        UINT(DataType.UINT32),
        UINT64(DataType.UINT64),
        FP32(DataType.FP32),
        FP64(DataType.FP64),
        BYTES(DataType.BYTES);

        /** What its elements are on the wire. */
        final DataType type;

        Kind(DataType type) {
            this.type = type;
        }

        /** Whether it may make a tensor of that type: the small integers have no list of their own. */
        boolean fits(DataType tensor) {
            return switch (tensor) {
                case INT8, INT16 -> this == INT;
                case UINT8, UINT16 -> this == UINT;
                default -> tensor == type;
            };
        }

        static @Nullable Kind ofField(int number) {
            return number >= 1 && number <= values().length ? values()[number - 1] : null;
        }

        boolean isFixed() {
            return this == FP32 || this == FP64;
        }
    }

    /** Reads the message that comes next; what comes in several parts is one list. */
    void read(ProtoReader in) throws InferenceException {
        long outer = in.enter();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            Kind found = Kind.ofField(tag >>> 3);
            if (found == null) {
                in.skip(tag);
            } else {
                note(found);
                readList(in, found, tag & 7);
            }
        }
        in.leave(outer);
    }

    private void note(Kind found) {
        if (kind == null) {
            kind = found;
        } else if (kind != found && second == null) {
            second = found;
        }
    }

    private void readList(ProtoReader in, Kind of, int form) throws InferenceException {
        if (of == Kind.BYTES) {
            readBytes(in, form);
        } else if (form != ProtoReader.BYTES) {
            readOne(in, of, form);
        } else if (of.isFixed()) {
            long length = in.length();
            if (length % of.type.byteSize() != 0) {
                throw ProtoReader.malformed("a list of numbers ends in the middle of one");
            }
            in.copyTo(grow(length));
        } else {
            long outer = in.enter();
            while (in.inside()) {
                put(of, in.varint());
            }
            in.leave(outer);
        }
    }

    private void readBytes(ProtoReader in, int form) throws InferenceException {
        expectForm(form == ProtoReader.BYTES);
        long length = in.length();
        grow(Integer.BYTES).set(ElementLayout.INT, 0, (int) length);
        in.copyTo(grow(length));
    }

    private void readOne(ProtoReader in, Kind of, int form) throws InferenceException {
        switch (of) {
            case FP32 -> {
                expectForm(form == ProtoReader.FIXED32);
                grow(Integer.BYTES).set(ElementLayout.INT, 0, in.fixed32());
            }
            case FP64 -> {
                expectForm(form == ProtoReader.FIXED64);
                grow(Long.BYTES).set(ElementLayout.LONG, 0, in.fixed64());
            }
            default -> {
                expectForm(form == ProtoReader.VARINT);
                put(of, in.varint());
            }
        }
    }

    private static void expectForm(boolean expected) throws InferenceException {
        if (!expected) {
            throw ProtoReader.malformed("the contents of a tensor are of another type than their field");
        }
    }

    private void put(Kind of, long value) throws InferenceException {
        switch (of) {
            case BOOL -> grow(1).set(ValueLayout.JAVA_BYTE, 0, (byte) (value == 0 ? 0 : 1));
            case INT, UINT -> grow(Integer.BYTES).set(ElementLayout.INT, 0, (int) value);
            default -> grow(Long.BYTES).set(ElementLayout.LONG, 0, value);
        }
    }

    /** The {@code more} bytes behind what is there, to be written. */
    private MemorySegment grow(long more) throws InferenceException {
        TensorBuffer held = buffer;
        if (held == null) {
            held = buffers.allocate(Math.max(FIRST_BYTES, more));
        } else if (held.segment().byteSize() - used < more) {
            held = buffers.exchange(held, used, Math.max(used + more, held.segment().byteSize() * 2));
        }
        buffer = held;
        MemorySegment added = held.segment().asSlice(used, more);
        used += more;
        return added;
    }

    /**
     * The data as a tensor of that type has it.
     *
     * @throws InferenceException INVALID_ARG if the list is not what the type asks for, or there are several
     */
    TensorData data(String model, String input, DataType type) throws InferenceException {
        Kind found = kind;
        TensorBuffer held = buffer;
        if (found == null) {
            return TensorData.EMPTY;
        }
        if (!found.fits(type)) {
            throw unexpected(model, input, found, "expected datatype '" + type + "'");
        }
        if (second != null) {
            throw unexpected(model, input, second, "binary data was already supplied.");
        }
        if (held == null) {
            return TensorData.EMPTY;
        }
        long length = type.byteSize() < found.type.byteSize() ? narrow(held.segment().asSlice(0, used), type.byteSize())
                : used;
        return held.data().slice(0, length);
    }

    /** Cuts every element, of four bytes, down to its lowest ones, in place; returns how many bytes are left. */
    private static long narrow(MemorySegment data, int byteSize) {
        long elements = data.byteSize() / Integer.BYTES;
        for (long i = 0; i < elements; i++) {
            int value = data.get(ElementLayout.INT, i * Integer.BYTES);
            if (byteSize == 1) {
                data.set(ValueLayout.JAVA_BYTE, i, (byte) value);
            } else {
                data.set(ElementLayout.SHORT, i * Short.BYTES, (short) value);
            }
        }
        return elements * byteSize;
    }

    private static InferenceException unexpected(String model, String input, Kind found, String why) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "unexpected explicit tensor data for input tensor '" + input
                        + "' for model '" + model + "' of type '" + found.type + "', " + why);
    }
}
