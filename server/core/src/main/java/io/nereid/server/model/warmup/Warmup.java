package io.nereid.server.model.warmup;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NativeMemory;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.WarmupConfig;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.scheduler.instance.InstanceGroup;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.scheduler.instance.WarmupRun;
import io.nereid.server.protocol.ModelSignature;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * The {@code model_warmup} of a configuration: requests that every instance runs before it takes work, so that no
 * client waits for what happens only at the first execution. They count in no statistics (docs/compatibility.md). Each
 * instance has a thread of its own meanwhile; passive ones run nothing.
 *
 * @param config complete
 * @param signature of the same model
 * @param modelDirectory holds the directory {@code warmup} with the files that samples name
 * @param memory where the samples' tensors lie meanwhile
 * @param internalErrors receives what no contract allows
 * @param exiting whether the server is exiting: then what runs is the last
 */
public record Warmup(ModelConfig config, ModelSignature signature, Path modelDirectory, NativeMemory memory,
        InternalErrorLog internalErrors, BooleanSupplier exiting) {
    private static final Logger LOG = LoggerFactory.getLogger(Warmup.class);

    /** Makes every sample and forgets it: why those cannot be made that cannot. */
    public List<InferenceException> problems() {
        List<InferenceException> problems = new ArrayList<>();
        for (WarmupConfig warmup : wanted()) {
            try (SampleMemory pieces = new SampleMemory(memory)) {
                var _ = WarmupSample.of(warmup, signature, modelDirectory, pieces);
            } catch (InferenceException e) {
                problems.add(e);
            }
        }
        return problems;
    }

    /**
     * Runs every sample on every instance, and returns when all have. The instances are still the caller's.
     *
     * @throws InferenceException if a sample cannot be made or an instance fails on it; the text names the sample
     */
    public void run(List<InstanceGroup.Member> members) throws InferenceException {
        if (wanted().isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        try (SampleMemory pieces = new SampleMemory(memory)) {
            List<WarmupSample> samples = samples(pieces);
            AtomicReference<@Nullable InferenceException> error = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            for (InstanceGroup.Member member : members) {
                if (!member.passive()) {
                    threads.add(Thread.ofPlatform().name(member.instance().name()).unstarted(
                            () -> runAll(samples, member.instance(), error)));
                }
            }
            startAndJoin(threads);
            InferenceException first = error.get();
            if (first != null) {
                throw first;
            }
            LOG.info("model '{}': {} warm-up sample(s) on {} instance(s) in {} ms", config.name(), samples.size(),
                    threads.size(), Duration.ofNanos(System.nanoTime() - start).toMillis());
        }
    }

    private List<WarmupConfig> wanted() {
        return config.warmups().stream().filter(warmup -> !warmup.isSkipped()).toList();
    }

    private List<WarmupSample> samples(SampleMemory pieces) throws InferenceException {
        List<WarmupSample> samples = new ArrayList<>();
        for (WarmupConfig warmup : wanted()) {
            samples.add(WarmupSample.of(warmup, signature, modelDirectory, pieces));
        }
        return samples;
    }

    /** Whatever happens, all that were started have ended: the samples' memory goes next, and then the instances. */
    private static void startAndJoin(List<Thread> threads) {
        List<Thread> started = new ArrayList<>();
        try {
            for (Thread thread : threads) {
                thread.start();
                started.add(thread);
            }
        } finally {
            boolean interrupted = false;
            for (Thread thread : started) {
                interrupted |= !joined(thread);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static boolean joined(Thread thread) {
        boolean undisturbed = true;
        while (true) {
            try {
                thread.join();
                return undisturbed;
            } catch (InterruptedException _) {
                undisturbed = false;
            }
        }
    }

    private void runAll(List<WarmupSample> samples, ModelInstance instance,
            AtomicReference<@Nullable InferenceException> error) {
        WarmupRun run = new WarmupRun(instance, config.decoupled(), config.iterative(), internalErrors);
        for (WarmupSample sample : samples) {
            try {
                for (long n = 0; n < sample.runs() && error.get() == null; n++) {
                    checkStaying();
                    run.execute(sample.requests());
                }
            } catch (InferenceException e) {
                error.compareAndSet(null, e.withText(failed(sample, instance, e.text())));
            } catch (RuntimeException | Error e) { // the load receives it, not the thread's default handler
                error.compareAndSet(null, new InferenceException(ErrorCode.INTERNAL,
                        failed(sample, instance, e.toString()), e));
            }
        }
    }

    private void checkStaying() throws InferenceException {
        if (exiting.getAsBoolean()) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "the server is exiting");
        }
    }

    private String failed(WarmupSample sample, ModelInstance instance, String why) {
        return "failed to run warmup sample '" + sample.name() + "' of model '" + config.name() + "' on instance '"
                + instance.name() + "': " + why;
    }
}
