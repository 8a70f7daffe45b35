package io.nereid.server.grpc.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

/**
 * A parameter as it came: an InferParameter under its name.
 *
 * @param name its key in the map
 * @param choice which value it has
 * @param number the value of a BOOL, INT64 or UINT64, the bits of a DOUBLE
 * @param text the value of a STRING
 */
record Parameter(String name, Choice choice, long number, String text) {
    /** The kinds of values, by their field numbers from 0. */
    enum Choice {
        NONE,
        BOOL,
        INT64,
        STRING,
        DOUBLE,
        UINT64
    }

    /**
     * Reads the entry of a map that comes next.
     *
     * @param before how many entries of the map have been read
     * @throws InferenceException INVALID_ARG if there are too many, or one is too large
     */
    static Parameter read(ProtoReader in, int before) throws InferenceException {
        in.limits().checkParameters(before + 1);
        String name = "";
        Parameter value = new Parameter("", Choice.NONE, 0, "");
        long outer = in.enter();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 | ProtoReader.BYTES -> name = in.text();
                case 2 << 3 | ProtoReader.BYTES -> value = readValue(in);
                default -> in.skip(tag);
            }
        }
        in.leave(outer);
        return new Parameter(name, value.choice, value.number, value.text);
    }

    private static Parameter readValue(ProtoReader in) throws InferenceException {
        Choice choice = Choice.NONE;
        long number = 0;
        String text = "";
        long outer = in.enter();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            Choice found = choiceOf(tag);
            switch (found) {
                case NONE -> in.skip(tag);
                case BOOL, INT64, UINT64 -> number = in.varint();
                case DOUBLE -> number = in.fixed64();
                case STRING -> text = in.text();
            }
            choice = found == Choice.NONE ? choice : found;
        }
        in.leave(outer);
        return new Parameter("", choice, number, text);
    }

    private static Choice choiceOf(int tag) {
        return switch (tag) {
            case 1 << 3 | ProtoReader.VARINT -> Choice.BOOL;
            case 2 << 3 | ProtoReader.VARINT -> Choice.INT64;
            case 3 << 3 | ProtoReader.BYTES -> Choice.STRING;
            case 4 << 3 | ProtoReader.FIXED64 -> Choice.DOUBLE;
            case 5 << 3 | ProtoReader.VARINT -> Choice.UINT64;
            default -> Choice.NONE;
        };
    }

    boolean flag() throws InferenceException {
        expect(choice == Choice.BOOL, "bool_param", "");
        return number != 0;
    }

    /** @param of what it belongs to, to be said after its name */
    long int64(String of) throws InferenceException {
        expect(choice == Choice.INT64, "int64_param", of);
        return number;
    }

    /** @param of what it belongs to, to be said after its name */
    String string(String of) throws InferenceException {
        expect(choice == Choice.STRING, "string_param", of);
        return text;
    }

    /** A number that counts something, unsigned. */
    long count() throws InferenceException {
        expect(choice == Choice.INT64 || choice == Choice.UINT64, "int64_param or uint64_param", "");
        if (choice == Choice.INT64 && number < 0) {
            throw invalid("invalid value " + number + " for '" + name + "' parameter, expected value >= 0.");
        }
        return number;
    }

    private void expect(boolean expected, String what, String of) throws InferenceException {
        if (!expected) {
            throw invalid("invalid value type for '" + name + "' parameter" + of + ", expected " + what + ".");
        }
    }

    static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
