package io.nereid.scheduler;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.scheduler.BatchCompatibility.Input;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class BatchCompatibilityTest {
    private static final Input FIXED = new Input("fixed", false, false);
    private static final Input OPEN = new Input("open", true, false);
    private static final Input OPTIONAL = new Input("optional", false, true);
    private static final Input OPEN_OPTIONAL = new Input("both", true, true);

    @Test
    void key_fixedShapesOnly_isTheSameForAll() {
        assertThat(BatchCompatibility.of(List.of(FIXED))).isSameAs(BatchCompatibility.ALL);
        assertThat(BatchCompatibility.ALL.key(request(tensor("fixed", 1, 3)))).isSameAs(BatchKey.ANY);
    }

    @Test
    void key_openShape_comparesAllButTheOutermostDimension() {
        BatchCompatibility compatibility = BatchCompatibility.of(List.of(FIXED, OPEN));
        BatchKey key = compatibility.key(request(tensor("fixed", 1, 3), tensor("open", 1, 4, 5)));
        assertThat(compatibility.key(request(tensor("fixed", 2, 3), tensor("open", 2, 4, 5))))
                .as("more rows").isEqualTo(key).hasSameHashCodeAs(key);
        assertThat(compatibility.key(request(tensor("fixed", 1, 3), tensor("open", 1, 5, 4)))).isNotEqualTo(key);
        assertThat(compatibility.key(request(tensor("fixed", 1, 3), tensor("open", 1, 4, 5, 1)))).isNotEqualTo(key);
    }

    @Test
    void key_inputsInAnotherOrder_isTheSame() {
        BatchCompatibility compatibility = BatchCompatibility.of(List.of(OPEN, OPTIONAL));
        assertThat(compatibility.key(request(tensor("open", 1, 4), tensor("optional", 1, 2))))
                .isEqualTo(compatibility.key(request(tensor("optional", 1, 2), tensor("open", 1, 4))));
    }

    @Test
    void key_optionalInput_mustBeThereForAllOrForNone() {
        BatchCompatibility compatibility = BatchCompatibility.of(List.of(FIXED, OPTIONAL));
        BatchKey with = compatibility.key(request(tensor("fixed", 1, 3), tensor("optional", 1, 2)));
        BatchKey without = compatibility.key(request(tensor("fixed", 1, 3)));
        assertThat(with).isNotEqualTo(without);
        assertThat(compatibility.key(request(tensor("fixed", 7, 3), tensor("optional", 7, 2)))).isEqualTo(with);
        assertThat(compatibility.key(request(tensor("fixed", 7, 3)))).isEqualTo(without);
    }

    /** Keys are numbers in a row: none may look like another's. */
    @Test
    void key_manyDifferentRequests_areAllDifferent() {
        BatchCompatibility compatibility = BatchCompatibility.of(List.of(OPEN_OPTIONAL, OPEN, OPTIONAL));
        Set<BatchKey> keys = new HashSet<>();
        int requests = 0;
        for (long[] both : new long[][]{{}, {1}, {1, 0}, {1, 1}, {1, 1, 1}, {1, 2}, {1, 0, 0}}) {
            for (long[] open : new long[][]{{1}, {1, 0}, {1, 1}, {1, 2}, {1, 1, 0}, {1, 0, 1}}) {
                for (boolean optional : new boolean[]{true, false}) {
                    List<Tensor> tensors = new ArrayList<>(List.of(tensor("open", open)));
                    if (both.length > 0) {
                        tensors.add(tensor("both", both));
                    }
                    if (optional) {
                        tensors.add(tensor("optional", 1));
                    }
                    keys.add(compatibility.key(request(tensors.toArray(Tensor[]::new))));
                    requests++;
                }
            }
        }
        assertThat(keys).hasSize(requests);
    }

    private static Tensor tensor(String name, long... shape) {
        return new Tensor(name, DataType.FP32, Shape.of(shape), MemorySegment.NULL);
    }

    private static InferenceRequest request(Tensor... inputs) {
        return new InferenceRequest("r", List.of(inputs), List.of(), 1, RequestOptions.DEFAULT, Map.of(), Lease.NONE);
    }
}
