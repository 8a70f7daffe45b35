package io.nereid.server.model;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.VersionAlias;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelLookupException;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds the versions that the aliases of models stand for. The aliases of a model are those of its highest ready version;
 * the share of a version that is not served, or of which no instance works, goes to the others. Thread-safe; no method
 * blocks.
 */
final class AliasedVersions {
    private final ModelLifecycle<ServedModel> lifecycle;
    private final Map<Key, AliasChoice> choices = new ConcurrentHashMap<>();

    private record Key(String model, String alias) {}

    AliasedVersions(ModelLifecycle<ServedModel> lifecycle) {
        this.lifecycle = lifecycle;
    }

    /** Which of an alias's versions is wanted. */
    private interface Wish {
        /** One of the versions that have a share. */
        long of(SortedMap<Long, Double> shares, List<ModelHandle<ServedModel>> served);
    }

    /** Whether a model has an alias of that name. */
    boolean has(String model, String name) {
        return VersionAlias.isName(name) && alias(model, name) != null;
    }

    private @Nullable VersionAlias alias(String model, String name) {
        return aliases(model).stream().filter(alias -> alias.name().equals(name)).findFirst().orElse(null);
    }

    private List<VersionAlias> aliases(String model) {
        try {
            ModelHandle<ServedModel> latest = lifecycle.acquire(model, ModelLifecycle.LATEST);
            List<VersionAlias> aliases = latest.model().aliases();
            latest.release();
            return aliases;
        } catch (ModelLookupException _) {
            return List.of();
        }
    }

    /** The version that gets most of the requests, held for the caller, who does not ask it anything to run. */
    ModelHandle<ServedModel> mostAsked(String model, String alias) throws InferenceException {
        return acquire(model, alias, (shares, _) -> shares.entrySet().stream()
                .max(Map.Entry.comparingByValue(Comparator.naturalOrder())).orElseThrow().getKey());
    }

    /** The version that gets the next request, held for that. */
    ModelHandle<ServedModel> next(String model, String alias) throws InferenceException {
        AliasChoice choice = choice(model, alias);
        ModelHandle<ServedModel> next = acquire(model, alias, (shares, _) -> choice.next(shares));
        choice.count(next.version());
        return next;
    }

    /** The version where the sequence of the next request is open; if it is open nowhere, as {@link #next}. */
    ModelHandle<ServedModel> ofSequence(String model, String alias, CorrelationId id) throws InferenceException {
        AliasChoice choice = choice(model, alias);
        ModelHandle<ServedModel> found = acquire(model, alias, (shares, served) -> {
            for (ModelHandle<ServedModel> handle : served) {
                if (!id.isNone() && shares.containsKey(handle.version()) && handle.model().hasSequence(id)) {
                    return handle.version();
                }
            }
            return choice.next(shares);
        });
        choice.count(found.version());
        return found;
    }

    private AliasChoice choice(String model, String alias) throws InferenceException {
        if (alias(model, alias) == null) {
            throw unknown(alias);
        }
        return choices.computeIfAbsent(new Key(model, alias), _ -> new AliasChoice());
    }

    private ModelHandle<ServedModel> acquire(String model, String name, Wish wish) throws InferenceException {
        List<ModelHandle<ServedModel>> served = acquireServed(model);
        ModelHandle<ServedModel> wanted = null;
        try {
            VersionAlias alias = alias(model, name);
            if (alias == null) {
                throw unknown(name);
            }
            SortedMap<Long, Double> shares = shares(alias, served);
            if (shares.isEmpty()) {
                throw new InferenceException(ErrorCode.UNAVAILABLE,
                        "Request for unknown model: '" + model + "' version " + name + " is not at ready state");
            }
            long version = wish.of(shares, served);
            wanted = served.stream().filter(handle -> handle.version() == version).findFirst().orElseThrow();
            return wanted;
        } finally {
            for (ModelHandle<ServedModel> handle : served) {
                if (handle != wanted) {
                    handle.release();
                }
            }
        }
    }

    /** All versions that have a share, held for the caller. */
    List<ModelHandle<ServedModel>> acquireAll(String model, String name) {
        VersionAlias alias = alias(model, name);
        List<ModelHandle<ServedModel>> served = acquireServed(model);
        SortedMap<Long, Double> shares = alias == null ? new TreeMap<>() : shares(alias, served);
        List<ModelHandle<ServedModel>> kept = new ArrayList<>();
        for (ModelHandle<ServedModel> handle : served) {
            if (shares.containsKey(handle.version())) {
                kept.add(handle);
            } else {
                handle.release();
            }
        }
        return kept;
    }

    /** What each version of a model gets of each of its aliases, by alias and version. */
    List<AliasShare> shares(String model) {
        List<VersionAlias> aliases = aliases(model);
        if (aliases.isEmpty()) {
            return List.of();
        }
        List<ModelHandle<ServedModel>> served = acquireServed(model);
        List<AliasShare> all = new ArrayList<>();
        for (VersionAlias alias : aliases) {
            AliasChoice choice = choices.get(new Key(model, alias.name()));
            SortedMap<Long, Double> shares = shares(alias, served);
            double sum = shares.values().stream().mapToDouble(Double::doubleValue).sum();
            for (ModelHandle<ServedModel> handle : served) {
                long version = handle.version();
                double share = shares.getOrDefault(version, 0.0);
                long requests = choice == null ? 0 : choice.requests(version);
                if (share > 0 || requests > 0 || alias.weights().containsKey(version)) {
                    all.add(new AliasShare(alias.name(), version, share == 0 ? 0 : share / sum, requests));
                }
            }
        }
        served.forEach(ModelHandle::release);
        return all;
    }

    private List<ModelHandle<ServedModel>> acquireServed(String model) {
        List<ModelHandle<ServedModel>> served = new ArrayList<>();
        try {
            for (long version : lifecycle.readyVersions(model)) {
                served.add(lifecycle.acquire(model, version));
            }
        } catch (ModelLookupException _) {
            return served; // the model is unknown, or a version went out of service since it was listed
        }
        return served;
    }

    /** The shares of the versions that work; where none does, of those that are ready. */
    private static SortedMap<Long, Double> shares(VersionAlias alias, List<ModelHandle<ServedModel>> served) {
        SortedMap<Long, Double> working = sharesOf(alias,
                served.stream().filter(handle -> handle.model().isWorking()).toList());
        return working.isEmpty() ? sharesOf(alias, served) : working;
    }

    private static SortedMap<Long, Double> sharesOf(VersionAlias alias, List<ModelHandle<ServedModel>> ascending) {
        SortedMap<Long, Double> shares = new TreeMap<>();
        long newestOther = -1;
        for (ModelHandle<ServedModel> handle : ascending) {
            if (!alias.weights().containsKey(handle.version())) {
                newestOther = handle.version();
            } else if (alias.weights().get(handle.version()).signum() > 0) {
                shares.put(handle.version(), alias.weights().get(handle.version()).doubleValue());
            }
        }
        if (newestOther >= 0 && alias.rest().signum() > 0) {
            shares.put(newestOther, alias.rest().doubleValue());
        }
        return shares;
    }

    private static InferenceException unknown(String version) {
        return ServedModels.noVersion(version);
    }
}
