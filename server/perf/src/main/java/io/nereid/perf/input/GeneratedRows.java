package io.nereid.perf.input;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One row without a file. Random values are the same in each run, and such that a model can take them: floating-point
 * numbers from 0 to 1, UINT8 from 0 to 255 as in pictures, other whole numbers from 0 to 127, letters and digits.
 */
final class GeneratedRows {
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final long SEED = 20_251_201;

    private final boolean zero;
    private final int stringLength;
    private final Optional<String> stringData;
    private final SplittableRandom random = new SplittableRandom(SEED);

    private GeneratedRows(boolean zero, int stringLength, Optional<String> stringData) {
        this.zero = zero;
        this.stringLength = stringLength;
        this.stringData = stringData;
    }

    static List<InputTensor> row(List<ModelTensor> inputs, InputOptions options, boolean zero) throws InputException {
        GeneratedRows rows = new GeneratedRows(zero, options.stringLength(), options.stringData());
        List<InputTensor> row = new ArrayList<>();
        for (ModelTensor input : inputs) {
            if (input.isFixed()) {
                row.add(rows.tensor(input));
            } else if (!input.optional()) {
                throw InputShapes.variable(input);
            }
        }
        return row;
    }

    private InputTensor tensor(ModelTensor input) throws InputException {
        if (input.shapeTensor()) {
            throw new InputException("input " + input.name()
                    + " is a shape tensor, whose values cannot be made up: give them by --input-data FILE.json");
        }
        int bytes = TensorSize.bytes(input.name(), input.shape(), Math.max(1, input.datatype().byteSize()));
        int elements = TensorSize.elements(input.name(), input.shape());
        ByteBuffer data = zero && input.datatype() != Datatype.BYTES
                ? ByteBuffer.allocate(bytes)
                : elements(input, elements, bytes);
        return new InputTensor(input.name(), input.datatype(), input.shape(), data);
    }

    private ByteBuffer elements(ModelTensor input, int elements, int bytes) throws InputException {
        ElementWriter writer = new ElementWriter(input, bytes);
        for (int i = 0; i < elements; i++) {
            switch (input.datatype()) {
                case BYTES -> writer.text(stringData.filter(text -> !text.isEmpty()).orElseGet(this::letters));
                case FP16, BF16, FP32, FP64 -> writer.real(random.nextFloat());
                case BOOL -> writer.whole(random.nextInt(2));
                case UINT8 -> writer.whole(random.nextInt(256));
                default -> writer.whole(random.nextInt(128));
            }
        }
        return writer.bytes();
    }

    private String letters() {
        StringBuilder text = new StringBuilder(stringLength);
        for (int i = 0; i < stringLength; i++) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }
}
