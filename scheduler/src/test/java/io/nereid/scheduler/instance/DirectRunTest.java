package io.nereid.scheduler.instance;

import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Outcome;
import io.nereid.inference.RequestOptions;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class DirectRunTest {
    private final CountingLease memory = new CountingLease();

    private InferenceRequest request(String id) {
        return new InferenceRequest(id, List.of(), List.of(), 1, RequestOptions.DEFAULT, Map.of(), memory);
    }

    private static List<Outcome> run(Execute execute, List<InferenceRequest> requests) {
        ModelInstance instance = new ModelInstance() {
            @Override
            public String name() {
                return "m_0";
            }

            @Override
            public void execute(Batch batch) throws InferenceException {
                execute.execute(batch);
            }

            @Override
            public void close() {
                // It holds nothing.
            }
        };
        return new DirectRun(instance, (_, error) -> {
            throw new AssertionError(error);
        }).execute(requests);
    }

    private interface Execute {
        void execute(Batch batch) throws InferenceException;
    }

    @Test
    void execute_givesEachRequestItsOutcome_andReleasesItsMemory() {
        InferenceResponse response = new InferenceResponse(List.of(), Map.of(), Lease.NONE);
        InferenceException error = new InferenceException(ErrorCode.INVALID_ARG, "no");
        List<Outcome> outcomes = run(batch -> {
            batch.fail(0, error);
            batch.respond(1, response);
        }, List.of(request("a"), request("b"), request("c")));
        assertThat(outcomes.get(0)).isSameAs(error);
        assertThat(outcomes.get(1)).isSameAs(response);
        assertThat(outcomes.get(2)).isInstanceOfSatisfying(InferenceException.class,
                e -> assertThat(e.text()).contains("did not answer"));
        assertThat(memory.releases()).isEqualTo(3);
    }

    @Test
    void execute_thatThrows_failsAll() {
        assertThat(run(_ -> {
            throw new IllegalStateException("broken");
        }, List.of(request("a"), request("b")))).allSatisfy(outcome -> assertThat(outcome)
                .isInstanceOfSatisfying(InferenceException.class, e -> assertThat(e.text()).contains("broken")));
        assertThat(memory.releases()).isEqualTo(2);
    }
}
