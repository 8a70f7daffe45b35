package io.nereid.server.ensemble;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CountingLease;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.FakeAlarm;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.statistics.ModelStatistics;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** An ensemble whose models a test plays. */
final class TestEnsemble {
    final FakeClock clock = new FakeClock();
    final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    /** How many responses of models are held. */
    final AtomicInteger held = new AtomicInteger();
    final List<FakeModel> models = new ArrayList<>();
    final CountingLease body = new CountingLease();
    final FakeAlarm alarm = new FakeAlarm();
    final TestServices services = new TestServices(1000, clock);
    final EnsembleScheduler scheduler;

    TestEnsemble(ModelConfig ensemble, ModelConfig... configs) {
        this(ensemble, List.of(configs));
    }

    TestEnsemble(ModelConfig ensemble, List<ModelConfig> configs) {
        this(ensemble, configs, Collections.nCopies(configs.size(), TensorData.NO_DEVICE));
    }

    /** @param inputDevices of each step the GPU in whose memory its model reads inputs */
    TestEnsemble(ModelConfig ensemble, List<ModelConfig> configs, List<Integer> inputDevices) {
        inputDevices.forEach(device -> models.add(new FakeModel(held, device)));
        scheduler = new EnsembleScheduler(ensemble, configs, models,
                new SchedulerEnvironment(clock, alarm, statistics, (_, _) -> {
                }), services);
    }

    FakeModel model(int index) {
        return models.get(index);
    }

    Cancellation infer(ResponseListener listener, List<String> outputs, Tensor... inputs) throws InferenceException {
        return infer(listener, outputs, RequestOptions.DEFAULT, inputs);
    }

    Cancellation infer(ResponseListener listener, List<String> outputs, RequestOptions options, Tensor... inputs)
            throws InferenceException {
        return infer(listener, outputs, options, Map.of(), inputs);
    }

    Cancellation infer(ResponseListener listener, List<String> outputs, RequestOptions options,
            Map<String, ParameterValue> parameters, Tensor... inputs) throws InferenceException {
        return scheduler.enqueue(new InferenceRequest("id", List.of(inputs), outputs, 1, options, parameters, body),
                listener);
    }
}
