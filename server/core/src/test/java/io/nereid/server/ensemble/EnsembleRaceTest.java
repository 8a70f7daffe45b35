package io.nereid.server.ensemble;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.StreamListener;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static io.nereid.server.ensemble.Configs.ensemble;
import static io.nereid.server.ensemble.Configs.input;
import static io.nereid.server.ensemble.Configs.output;
import static io.nereid.server.ensemble.Configs.step;
import static io.nereid.server.ensemble.Configs.steps;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Steps that end on several threads at once, some of them with an error or within their start, while clients cancel:
 * each request ends exactly once, and no memory is left.
 */
@Timeout(120)
class EnsembleRaceTest {
    private static final int REQUESTS = 3_000;
    private static final ModelConfig MODEL = Configs.model("a", input("IN", "1") + output("OUT", "1"));
    private static final ModelConfig SUM = Configs.model("sum",
            input("X", "1") + input("Y", "1") + output("OUT", "1"));
    private static final ModelConfig STREAM = Configs.model("s",
            Configs.decoupled() + input("IN", "1") + output("OUT", "1"));

    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final AtomicInteger held = new AtomicInteger();
    private final TestServices services = new TestServices(1 << 20, NanoClock.SYSTEM);

    @AfterEach
    void stop() {
        threads.close();
    }

    /** Two branches from one input, joined again. */
    private static ModelConfig diamond(String more) {
        return ensemble(input("I", "1") + output("O", "1") + output("P", "1") + "ensemble_scheduling { " + more
                + steps(step("a", "IN=I", "->", "OUT=t"), step("a", "IN=I", "->", "OUT=u"),
                        step("sum", "X=t", "Y=u", "->", "OUT=O"), step("a", "IN=u", "->", "OUT=P"))
                        .replace("ensemble_scheduling {", ""));
    }

    @Test
    void oneResponse() throws Exception {
        StepModel model = (request, listener) -> later(request, listener, 1);
        run(scheduler(diamond(""), List.of(MODEL, MODEL, SUM, MODEL), List.of(model, model, model, model)));
    }

    @Test
    void oneResponse_withALimit() throws Exception {
        StepModel model = (request, listener) -> later(request, listener, 1);
        run(scheduler(diamond("max_inflight_requests: 2"), List.of(MODEL, MODEL, SUM, MODEL),
                List.of(model, model, model, model)));
    }

    @Test
    void streams() throws Exception {
        ModelConfig chain = ensemble(input("I", "1") + output("O", "1")
                + steps(step("s", "IN=I", "->", "OUT=t"), step("a", "IN=t", "->", "OUT=O")));
        run(scheduler(chain, List.of(STREAM, MODEL), List.of(
                (request, listener) -> later(request, listener, ThreadLocalRandom.current().nextInt(4) + 2),
                (request, listener) -> later(request, listener, 1))));
    }

    private EnsembleScheduler scheduler(ModelConfig config, List<ModelConfig> configs,
            List<StepModel> models) {
        return new EnsembleScheduler(config, configs, models, new SchedulerEnvironment(NanoClock.SYSTEM,
                (_, _) -> () -> {
                }, new ModelStatistics(InstantSource.system()), (_, _) -> {
                }), services);
    }

    /** Answers on another thread, sometimes at once, sometimes with an error. */
    private Cancellation later(StepRequest request, ResponseListener listener, int responses) {
        AtomicBoolean cancelled = new AtomicBoolean();
        Runnable answer = () -> answer(request, listener, responses, cancelled);
        if (ThreadLocalRandom.current().nextInt(8) == 0) {
            answer.run();
        } else {
            threads.execute(answer);
        }
        return () -> cancelled.set(true);
    }

    private void answer(StepRequest request, ResponseListener listener, int responses, AtomicBoolean cancelled) {
        request.request().memory().release();
        if (cancelled.get() || ThreadLocalRandom.current().nextInt(30) == 0) {
            listener.onError(new InferenceException(ErrorCode.UNAVAILABLE, "no"));
            return;
        }
        for (int i = 1; i < responses && !cancelled.get(); i++) {
            listener.onResponse(response(), false);
        }
        listener.onResponse(response(), true);
    }

    private InferenceResponse response() {
        held.incrementAndGet();
        AtomicInteger left = new AtomicInteger(1);
        Lease once = () -> {
            if (left.decrementAndGet() < 0) {
                throw new IllegalStateException("released twice");
            }
            held.decrementAndGet();
        };
        return new InferenceResponse(List.of(FakeModel.tensor("OUT", 1)), Map.of(), once);
    }

    private void run(EnsembleScheduler scheduler) throws InferenceException {
        List<StreamListener> listeners = new ArrayList<>();
        List<CountingLease> bodies = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            listeners.add(new StreamListener());
            bodies.add(new CountingLease());
            Cancellation cancellation = scheduler.enqueue(new InferenceRequest("", List.of(FakeModel.tensor("I", 1)),
                    List.of(), 1, RequestOptions.DEFAULT, Map.of(), bodies.getLast()), listeners.getLast());
            if (i % 5 == 0) {
                threads.execute(cancellation::cancel);
            }
        }
        for (StreamListener listener : listeners) {
            assertThat(listener.end()).as("exactly one end").isNotNull();
        }
        threads.close();
        assertThat(held).hasValue(0);
        assertThat(services.charged()).isZero();
        assertThat(bodies).allSatisfy(body -> assertThat(body.releases()).isEqualTo(1));
    }
}
