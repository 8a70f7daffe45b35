package io.nereid.server;

import io.nereid.backend.device.NativeHeap;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.TemporaryFolders;
import io.nereid.modelrepo.objectstore.ModelStores;
import io.nereid.scheduler.Alarm;
import io.nereid.server.cache.ResponseCache;
import io.nereid.server.cache.ResponseCaches;
import io.nereid.server.inference.ServedSteps;
import io.nereid.server.inference.ServerModelServices;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerFlags;
import io.nereid.server.ledger.ProcessMemory;
import io.nereid.server.model.config.RepositoryConfig;
import io.nereid.server.model.loading.Backends;
import io.nereid.server.model.loading.ModelVersions;
import io.nereid.server.model.loading.SchedulerFactory;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * What models are loaded from and run with: their repositories, backends, schedulers, and the memory of their tensors.
 * Closed by its owner when no model is left.
 */
final class ModelEnvironment implements AutoCloseable {
    private final LifeCycle parts;
    private final RepositoryConfig config;
    private final TensorMemory memory;
    private final ServerModelServices services = new ServerModelServices();
    private final ServedSteps steps = new ServedSteps();
    private final Backends backends;
    private final ModelRepository repository;
    private final SchedulerFactory schedulers;
    private final @Nullable ResponseCache cache;

    private ModelEnvironment(ServerConfig server, long pooledBytes, Ledger ledger, LifeCycle parts)
            throws InferenceException, ModelRepositoryException {
        this.parts = parts;
        config = server.repositories();
        NativeHeap heap = NativeHeap.ofThisProcess();
        Thread.ofPlatform().daemon().name("native-heap").start(heap::link); // beside the rest of the start
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        Thread.ofVirtual().name("leftovers").start(() -> TemporaryFolders.removeLeftovers(temporary));
        memory = parts.started(new TensorMemory(ProcessMemory.OF_THIS_PROCESS.forTensors(), pooledBytes, heap),
                TensorMemory::close);
        FileWorkerMemory shared = parts.started(workerMemory(server.admission().maxBytes(), pooledBytes),
                FileWorkerMemory::close);
        backends = parts.started(new Backends(memory, shared, services, heap, server.backends()), Backends::close);
        repository = parts.started(new ModelRepository(
                config.locations().stream().map(new ModelStores(System.getenv())::open).toList(), config.configName(),
                !config.autoCompleteConfig(), config.namespaces()), ModelRepository::close);
        cache = ResponseCaches.open(server.cache(), memory, ledger);
        if (cache != null) {
            parts.started(cache, ResponseCache::close);
        }
        schedulers = parts.started(
                new SchedulerFactory(server.rateLimits(), server.metrics().latencies(), System.getenv(),
                        server.inlineExecution(), cache),
                SchedulerFactory::close);
    }

    /** What models in other processes share with clients' requests: as much as those may hold, and half for models. */
    private static FileWorkerMemory workerMemory(long maxBytes, long pooledBytes) {
        return new FileWorkerMemory(maxBytes + Math.min(maxBytes / 2, Long.MAX_VALUE - maxBytes), pooledBytes,
                Path.of(System.getProperty("java.io.tmpdir")),
                "raise --" + LedgerFlags.MAX_INFLIGHT_BYTES.name() + " (" + maxBytes + ")");
    }

    /**
     * As configured.
     *
     * @param pooledBytes how much released tensor memory is kept for the next requests
     * @param ledger what is held for clients
     * @throws StartException if a repository or a setting makes no sense; nothing is left open then
     */
    static ModelEnvironment open(ServerConfig config, long pooledBytes, Ledger ledger) throws StartException {
        LifeCycle parts = new LifeCycle();
        try {
            return new ModelEnvironment(config, pooledBytes, ledger, parts);
        } catch (InferenceException e) {
            parts.close();
            throw new StartException(e.text(), e);
        } catch (ModelRepositoryException e) {
            parts.close();
            throw new StartException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    /** The native memory of tensors. */
    TensorMemory memory() {
        return memory;
    }

    /** What models may ask of the server. */
    ServerModelServices services() {
        return services;
    }

    /** How ensembles ask the models that they are made of. */
    ServedSteps steps() {
        return steps;
    }

    /** Where answers are kept; null where none are. */
    @Nullable
    ResponseCache cache() {
        return cache;
    }

    /** What goes off for requests that have waited. */
    Alarm alarm() {
        return schedulers.alarm();
    }

    /** The backends. */
    Backends backends() {
        return backends;
    }

    /** Where the models are. */
    ModelRepository repository() {
        return repository;
    }

    /**
     * A loader of versions.
     *
     * @param retries how often a version that fails to load is tried again
     * @param isStopping whether that has become pointless
     */
    ModelVersions versions(int retries, BooleanSupplier isStopping) {
        return new ModelVersions(backends, schedulers, steps, config.autoCompleteConfig(), config.cpuInsteadOfGpus(),
                retries,
                isStopping);
    }

    @Override
    public void close() {
        parts.close();
    }
}
