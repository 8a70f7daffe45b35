package io.nereid.server.model.control;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.RegisteredStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The model repositories that were registered while the server runs. Texts are Triton's. Thread-safe; blocks. */
final class RegisteredRepositories {
    private static final Logger LOG = LoggerFactory.getLogger(RegisteredRepositories.class);

    private final ModelRepository repository;
    private final Map<Path, RegisteredStore> stores = new ConcurrentHashMap<>();

    /** None yet beside those that {@code repository} has. */
    RegisteredRepositories(ModelRepository repository) {
        this.repository = repository;
    }

    /** {@link ModelControl#register}. */
    void register(Path directory, Map<String, String> names) throws InferenceException {
        if (!Files.isDirectory(directory)) {
            throw new InferenceException(ErrorCode.NOT_FOUND,
                    "failed to register '" + directory + "', repository not found");
        }
        for (String name : names.values()) {
            ModelName.checkGiven(name);
        }
        RegisteredStore store = new RegisteredStore(directory, names);
        try {
            if (!repository.add(store)) {
                throw new InferenceException(ErrorCode.ALREADY_EXISTS,
                        "model repository '" + directory + "' has already been registered");
            }
        } catch (ModelRepositoryException e) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "failed to register '" + directory + "': " + e.getMessage(), e);
        }
        stores.put(directory, store);
        LOG.info("Model repository registered: {}", directory);
    }

    /** {@link ModelControl#unregister}. */
    void unregister(Path directory) throws InferenceException {
        RegisteredStore store = stores.remove(directory);
        if (store == null || !repository.remove(store)) {
            throw new InferenceException(ErrorCode.NOT_FOUND,
                    "failed to unregister '" + directory + "', repository not found");
        }
        LOG.info("Model repository unregistered: {}", directory);
    }

    /** Whether one of them gives a model that name. */
    boolean give(String model) {
        return stores.values().stream().anyMatch(store -> store.hasGiven(model));
    }
}
