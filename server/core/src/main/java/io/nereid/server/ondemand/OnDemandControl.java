package io.nereid.server.ondemand;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.model.control.LoadErrors;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.ModelControl;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * What clients may do with a repository whose models are loaded on demand: a load is one more that counts, before those
 * that requests wait for; an unload gives the room back until the next request. Thread-safe; blocks.
 *
 * @param repository loads and unloads
 * @param sketches reads models that are new
 */
record OnDemandControl(ModelControl repository, RepositorySketches sketches, OnDemandModels models,
        OnDemandCatalog catalog) implements ModelControl {
    @Override
    public List<RepositoryIndexEntry> index(boolean readyOnly) throws InferenceException {
        return repository.index(readyOnly).stream().map(catalog::noted)
                .filter(entry -> !readyOnly || entry.state() == ModelState.READY).toList();
    }

    @Override
    public void checkLoadable(String model) throws InferenceException {
        repository.checkLoadable(model);
    }

    @Override
    public void load(String model, LoadOverride override) throws InferenceException {
        try {
            checkLoadable(model);
            know(model, override);
            models.load(model, override).get();
        } catch (ModelRepositoryException e) {
            throw LoadErrors.unreadable(model, e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof InferenceException error ? error : InferenceException.ofInternalError(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.UNAVAILABLE, "the server is exiting");
        } finally {
            override.close();
        }
    }

    /** Its files may have changed since, or be new. */
    private void know(String model, LoadOverride override) {
        ModelSketch sketch = override.files() == null ? sketches.of(model) : ModelSketch.ofUpload(model);
        if (sketch != null) {
            models.know(List.of(sketch));
        } else if (!models.knows(model)) {
            models.know(List.of(ModelSketch.ofUpload(model))); // its load says that it is not there
        }
    }

    @Override
    public void unload(String model, boolean steps) throws InferenceException {
        checkUnloadable();
        models.unload(model, steps);
    }

    /** {@inheritDoc} Refused: what is known here was read at the start. */
    @Override
    public void register(Path directory, Map<String, String> names) throws InferenceException {
        repository.register(directory, names);
    }

    @Override
    public void unregister(Path directory) throws InferenceException {
        repository.unregister(directory);
    }

    /** {@inheritDoc} Its other versions count as before. */
    @Override
    public void unload(String model, long version, boolean steps) throws InferenceException {
        if (catalog.readyVersions(model).equals(List.of(version))) {
            unload(model, steps);
        } else {
            repository.unload(model, version, steps);
        }
    }

    private void checkUnloadable() throws InferenceException {
        repository.checkLoadable("any");
    }
}
