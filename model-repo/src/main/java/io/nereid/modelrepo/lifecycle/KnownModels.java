package io.nereid.modelrepo.lifecycle;

import io.nereid.modelrepo.identifier.ModelIdentifier;
import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The models there are, by their {@link ModelIdentifier} and by the name that clients know: with model namespaces several
 * have the same. A model that is known once stays known. Thread-safe; nothing waits here.
 */
final class KnownModels<M extends AutoCloseable> {
    private final ConcurrentNavigableMap<String, ModelEntry<M>> byIdentifier = new ConcurrentSkipListMap<>();
    /** By name, those of all namespaces; empty where models have none. */
    private final Map<String, List<ModelEntry<M>>> namesakes = new ConcurrentHashMap<>();

    /** The model of that identifier, which is known from now on. */
    ModelEntry<M> add(String identifier) {
        return byIdentifier.computeIfAbsent(identifier, id -> {
            ModelEntry<M> entry = new ModelEntry<>(id);
            if (!ModelIdentifier.namespace(id).isEmpty()) {
                namesakes.computeIfAbsent(ModelIdentifier.name(id), _ -> new CopyOnWriteArrayList<>()).add(entry);
            }
            return entry;
        });
    }

    /** The model of exactly that identifier; null if there is none. */
    @Nullable
    ModelEntry<M> find(String identifier) {
        return byIdentifier.get(identifier);
    }

    /**
     * The model of that identifier, or of that name in whatever namespace: then those that are unloaded give way to the
     * others.
     *
     * @throws ModelLookupException if there is none, or several of that name
     */
    ModelEntry<M> get(String model) {
        ModelEntry<M> entry = byIdentifier.get(model);
        return entry == null ? ofAnyNamespace(model) : entry;
    }

    private ModelEntry<M> ofAnyNamespace(String name) {
        List<ModelEntry<M>> all = namesakes.getOrDefault(name, List.of());
        List<ModelEntry<M>> wanted = all.stream().filter(entry -> !entry.isUnloaded()).toList();
        if (all.isEmpty()) {
            throw ModelLookupException.unknownModel(name);
        }
        if (wanted.size() > 1) {
            throw ModelLookupException.ambiguous(name, wanted.size());
        }
        return wanted.isEmpty() ? all.getFirst() : wanted.getFirst();
    }

    /** The identifiers of all models of a name, or of that identifier; none if there is no such model. */
    List<String> identifiers(String model) {
        return byIdentifier.containsKey(model) ? List.of(model)
                : namesakes.getOrDefault(model, List.of()).stream().map(ModelEntry::name).toList();
    }

    /** The identifiers of all models, in order. */
    List<String> identifiers() {
        return List.copyOf(byIdentifier.keySet());
    }

    /** All models, in the order of their identifiers. */
    Collection<ModelEntry<M>> all() {
        return Collections.unmodifiableCollection(byIdentifier.values());
    }
}
