package io.nereid.modelrepo.config;

import java.util.List;
import java.util.Map;

/**
 * A request that every instance runs before the model is ready.
 *
 * @param batchSize rows of the request; 0 for a sample that is not run
 * @param count how often it is run; 0 for once
 */
public record WarmupConfig(String name, long batchSize, Map<String, Input> inputs, long count) {

    public WarmupConfig {
        inputs = Map.copyOf(inputs);
    }

    /** Whether the sample is there only to be passed over, whatever else it says. */
    public boolean isSkipped() {
        return batchSize == 0;
    }

    /** One input of the request. */
    public record Input(DataType dataType, List<Long> dims, Data data) {
        public Input {
            dims = List.copyOf(dims);
        }
    }

    /** Where the values of an input come from. */
    public sealed interface Data {}

    /** Zeros; also when nothing is said. */
    public record ZeroData() implements Data {}

    /** Random values. */
    public record RandomData() implements Data {}

    /** A file in the model's directory {@code warmup}. */
    public record FileData(String fileName) implements Data {}
}
