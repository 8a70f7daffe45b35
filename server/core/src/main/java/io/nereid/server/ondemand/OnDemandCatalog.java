package io.nereid.server.ondemand;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.model.AliasShare;
import io.nereid.server.model.DescribedModel;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.ondemand.KnownModel.Place;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The models that are served, and those that are as soon as they are asked. One that is not loaded is ready, as it can be
 * asked, unless its load has just failed. Thread-safe.
 *
 * @param served what is loaded
 */
record OnDemandCatalog(ModelCatalog served, OnDemandModels models) implements ModelCatalog {
    @Override
    public boolean isLive() {
        return served.isLive();
    }

    @Override
    public boolean isReady() {
        return served.isReady();
    }

    @Override
    public boolean isStopping() {
        return served.isStopping();
    }

    @Override
    public ModelHandle<ServedModel> acquire(String model, String version) throws InferenceException {
        return served.acquire(model, version);
    }

    @Override
    public ModelHandle<ServedModel> acquireForRequest(String model, String version) throws InferenceException {
        return served.acquireForRequest(model, version);
    }

    @Override
    public boolean choosesBySequence(ModelHandle<ServedModel> found, String version) {
        return served.choosesBySequence(found, version);
    }

    @Override
    public ModelHandle<ServedModel> acquireForSequence(String model, String alias, CorrelationId id)
            throws InferenceException {
        return served.acquireForSequence(model, alias, id);
    }

    @Override
    public boolean isAlias(String model, String name) {
        KnownModel known = models.known(model);
        return served.isAlias(model, name) || (known != null && known.sketch.isAlias(name));
    }

    @Override
    public List<AliasShare> aliasShares(String model) {
        return served.aliasShares(model);
    }

    @Override
    public List<Long> versions(String model, String version) throws InferenceException {
        return served.versions(model, version);
    }

    @Override
    public void awaitReady(String model, String version) throws InferenceException {
        if (isLoadable(model, version)) {
            return;
        }
        served.awaitReady(model, version);
    }

    @Override
    public void checkReady(String model, String version) throws InferenceException {
        if (isLoadable(model, version)) {
            return;
        }
        served.checkReady(model, version);
    }

    /** Whether a version is not loaded and can be; false where {@link #served} has the answer. */
    private boolean isLoadable(String model, String version) throws InferenceException {
        KnownModel known = models.known(model);
        if (known == null || known.place == Place.LOADED) {
            return false;
        }
        LoadFailure failure = known.failure;
        if (failure != null) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "model '" + model + "' is not ready: "
                    + failure.error().text());
        }
        return version.isEmpty() || !known.sketch.versions(version).isEmpty();
    }

    @Override
    public DescribedModel describe(String model, String version) throws InferenceException {
        KnownModel known = models.known(model);
        if (known == null || known.place == Place.LOADED) {
            return served.describe(model, version);
        }
        List<Long> versions = known.sketch.versions(version);
        ModelConfig config = known.sketch.described();
        if (config == null) {
            return DescribingRequest.send(models, model, version, versions);
        }
        if (versions.isEmpty()) {
            throw new InferenceException(ErrorCode.NOT_FOUND,
                    "Request for unknown model: '" + model + "' version " + version + " is not found");
        }
        return DescribedModel.of(versions, config);
    }

    /** {@inheritDoc} What models hold is in their reasons: index entries have no other place for it. */
    @Override
    public List<RepositoryIndexEntry> index() {
        return withAll(served.index());
    }

    @Override
    public List<RepositoryIndexEntry> index(String model) {
        List<RepositoryIndexEntry> entries = served.index(model);
        KnownModel known = models.known(model);
        return known == null ? entries
                : entries.isEmpty() ? List.of(absent(known)) : entries.stream().map(this::noted).toList();
    }

    /** Adds what is not there, and to all what is known of it. */
    private List<RepositoryIndexEntry> withAll(List<RepositoryIndexEntry> entries) {
        List<RepositoryIndexEntry> all = new ArrayList<>(entries.stream().map(this::noted).toList());
        Set<String> named = new HashSet<>();
        entries.forEach(entry -> named.add(entry.name()));
        models.all().stream().filter(known -> !named.contains(known.name)).map(OnDemandCatalog::absent)
                .forEach(all::add);
        all.sort((one, other) -> one.name().compareTo(other.name()));
        return all;
    }

    private static RepositoryIndexEntry absent(KnownModel known) {
        return new RepositoryIndexEntry(known.name, OptionalLong.empty(), ModelState.UNKNOWN, note(known));
    }

    /** The entry with what is known of the model's memory. */
    RepositoryIndexEntry noted(RepositoryIndexEntry entry) {
        KnownModel known = models.known(entry.name());
        if (known == null) {
            return entry;
        }
        boolean hasReason = !entry.reason().isEmpty() && known.failure == null;
        return new RepositoryIndexEntry(entry.name(), entry.version(), entry.state(),
                (hasReason ? entry.reason() + "; " : "") + note(known));
    }

    private static String note(KnownModel known) {
        LoadFailure failure = known.failure;
        String bytes = known.bytes + " bytes" + (known.measured ? "" : " of files");
        return switch (known.place) {
            case LOADED -> bytes + (known.kept ? ", kept" : "");
            case LOADING, LEAVING -> bytes;
            case ABSENT -> failure == null ? "loaded at the next request, " + bytes
                    : "its load has failed: " + failure.error().text();
        };
    }

    @Override
    public List<Long> readyVersions(String model) {
        return served.readyVersions(model);
    }

    @Override
    public List<ModelHandle<ServedModel>> acquireAll() {
        return served.acquireAll();
    }

    @Override
    public List<ModelHandle<ServedModel>> acquireForStatistics(String model, String version)
            throws InferenceException {
        return served.acquireForStatistics(model, version);
    }
}
