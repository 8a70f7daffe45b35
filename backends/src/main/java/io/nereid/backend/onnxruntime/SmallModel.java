package io.nereid.backend.onnxruntime;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.TensorConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Models that are so small that ONNX Runtime would not share their operators among threads: a pool of threads for each
 * of many such models would only spin and take memory. Small are those whose inputs and outputs have together at most
 * 4,096 elements at the largest batch, and whose version directory has at most 16 KiB: weights may lie beside the model
 * file.
 */
final class SmallModel {
    private static final long MAX_BYTES = 16 << 10;
    private static final long MAX_ELEMENTS = 4_096;

    private SmallModel() {}

    /** Whether a model of this complete configuration, in that directory, is one. */
    static boolean is(ModelConfig config, Path versionDirectory) {
        return hasFewElements(config) && hasFewBytes(versionDirectory);
    }

    private static boolean hasFewElements(ModelConfig config) {
        List<TensorConfig> tensors = Stream.<TensorConfig>concat(config.inputs().stream(), config.outputs().stream())
                .toList();
        long rows = Math.max(1, config.maxBatchSize());
        return !tensors.isEmpty() && tensors.stream().allMatch(tensor -> elements(tensor, rows) <= MAX_ELEMENTS)
                && tensors.stream().mapToLong(tensor -> elements(tensor, rows)).sum() <= MAX_ELEMENTS;
    }

    /** Of the largest batch; more than is small where that is not known. */
    private static long elements(TensorConfig tensor, long rows) {
        long elements = rows;
        for (long dim : tensor.dims()) {
            if (dim < 0 || dim > MAX_ELEMENTS || elements > MAX_ELEMENTS) {
                return MAX_ELEMENTS + 1;
            }
            elements *= dim;
        }
        return elements;
    }

    private static boolean hasFewBytes(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            long left = MAX_BYTES;
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                left -= Files.size(file);
                if (left < 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException | RuntimeException e) {
            return false; // what cannot be read is an error when the model is opened
        }
    }
}
