package io.nereid.perf.input;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A folder with a file for each input, of its name: the bytes of one row; for the type BYTES an element each line. */
final class InputFolder {
    private InputFolder() {}

    static List<InputTensor> row(Path folder, List<ModelTensor> inputs) throws InputException {
        List<InputTensor> row = new ArrayList<>();
        for (ModelTensor input : inputs) {
            Path file = folder.resolve(input.name());
            if (Files.isRegularFile(file)) {
                row.add(tensor(file, input));
            } else if (!input.optional()) {
                throw new InputException("--input-data: the folder " + folder + " has no file " + input.name()
                        + " (expected one for each input)");
            }
        }
        return row;
    }

    private static InputTensor tensor(Path file, ModelTensor input) throws InputException {
        try {
            return input.datatype() == Datatype.BYTES ? lines(file, input) : numbers(file, input);
        } catch (IOException problem) {
            throw new InputException(file + ": cannot be read: " + problem);
        }
    }

    private static InputTensor lines(Path file, ModelTensor input) throws IOException, InputException {
        ElementWriter writer = new ElementWriter(input, 64);
        for (String line : Files.readAllLines(file)) {
            writer.text(line);
        }
        ModelTensor shaped = InputShapes.withElements(input, writer.elements());
        return new InputTensor(input.name(), input.datatype(), shaped.shape(), writer.bytes());
    }

    private static InputTensor numbers(Path file, ModelTensor input) throws IOException, InputException {
        byte[] bytes = Files.readAllBytes(file);
        int size = input.datatype().byteSize();
        if (bytes.length % size != 0) {
            throw new InputException(file + ": got " + bytes.length + " bytes (expected a multiple of " + size
                    + ", the type is " + input.datatype() + ")");
        }
        ModelTensor shaped = InputShapes.withElements(input, bytes.length / size);
        return new InputTensor(input.name(), input.datatype(), shaped.shape(), ByteBuffer.wrap(bytes));
    }
}
