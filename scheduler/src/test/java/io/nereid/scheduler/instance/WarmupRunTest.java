package io.nereid.scheduler.instance;

import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Requests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class WarmupRunTest {
    private final List<Throwable> defects = new ArrayList<>();
    private final CountingLease inputs = new CountingLease();
    private final CountingLease outputs = new CountingLease();
    private final List<InferenceRequest> two = List.of(Requests.of("a", 1, inputs), Requests.of("b", 1, inputs));

    @FunctionalInterface
    private interface Execution {
        void run(Batch batch) throws InferenceException;
    }

    private record Instance(Execution execution) implements ModelInstance {
        @Override
        public String name() {
            return "m_0";
        }

        @Override
        public void execute(Batch batch) throws InferenceException {
            execution.run(batch);
        }

        @Override
        public void close() {}
    }

    private WarmupRun run(boolean decoupled, Execution execution) {
        return new WarmupRun(new Instance(execution), decoupled, false, (_, defect) -> defects.add(defect));
    }

    @Test
    void execute_instanceResponds_runsOneBatchAndReleasesAll() throws Exception {
        List<Integer> sizes = new ArrayList<>();
        WarmupRun run = run(false, batch -> {
            sizes.add(batch.size() * 100 + batch.rows());
            batch.respond(0, Requests.response(outputs));
            batch.respond(1, Requests.response(outputs));
        });
        run.execute(two);
        run.execute(two);
        assertThat(sizes).containsExactly(202, 202);
        assertThat(inputs.releases()).isEqualTo(4);
        assertThat(outputs.releases()).isEqualTo(4);
        assertThat(defects).isEmpty();
    }

    @Test
    void execute_oneRequestFails_throwsItsFailureAndReleasesTheRest() {
        WarmupRun run = run(false, batch -> {
            batch.respond(0, Requests.response(outputs));
            batch.fail(1, new InferenceException(ErrorCode.UNSUPPORTED, "no such row"));
        });
        assertThatThrownBy(() -> run.execute(two)).isInstanceOf(InferenceException.class).hasMessage("no such row");
        assertThat(inputs.releases()).isEqualTo(2);
        assertThat(outputs.releases()).isEqualTo(1);
    }

    @Test
    void execute_afterAFailure_succeedsAgain() throws Exception {
        List<Integer> calls = new ArrayList<>();
        WarmupRun run = run(false, batch -> {
            calls.add(1);
            if (calls.size() == 1) {
                throw new InferenceException(ErrorCode.INTERNAL, "cold");
            }
            batch.respond(0, Requests.response(outputs));
            batch.respond(1, Requests.response(outputs));
        });
        assertThatThrownBy(() -> run.execute(two)).hasMessage("cold");
        run.execute(two);
        assertThat(calls).hasSize(2);
    }

    @Test
    void execute_instanceThrowsAnything_isAFailureOfTheModel() {
        WarmupRun run = run(false, _ -> {
            throw new IllegalStateException("no kernel");
        });
        assertThatThrownBy(() -> run.execute(two)).isInstanceOf(InferenceException.class)
                .hasMessageContaining("instance 'm_0' failed").hasMessageContaining("no kernel");
        assertThat(inputs.releases()).isEqualTo(2);
    }

    @Test
    void execute_instanceAnswersNothing_fails() {
        assertThatThrownBy(() -> run(false, _ -> {
        }).execute(two)).hasMessage("the backend did not answer the request");
    }

    @Test
    void execute_decoupledModel_waitsForTheEndOfAllResponses() throws Exception {
        List<Thread> threads = new ArrayList<>();
        WarmupRun run = run(true, batch -> {
            for (int i = 0; i < batch.size(); i++) {
                ResponseSender sender = batch.sender(i);
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int n = 0; n < 50; n++) {
                        sender.send(Requests.response(outputs));
                    }
                    sender.end();
                }));
            }
        });
        run.execute(two);
        assertThat(outputs.releases()).isEqualTo(100);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void execute_decoupledModelFailsLater_throws() {
        WarmupRun run = run(true, batch -> {
            try (ResponseSender first = batch.sender(0); ResponseSender second = batch.sender(1)) {
                first.end();
                second.fail(new InferenceException(ErrorCode.INTERNAL, "later"));
            }
        });
        assertThatThrownBy(() -> run.execute(two)).hasMessage("later");
    }
}
