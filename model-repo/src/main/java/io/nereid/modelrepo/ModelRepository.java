package io.nereid.modelrepo;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.config.ModelConfigParser;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The models of one or several stores. For all threads; keeps nothing but the stores, which it closes. */
public final class ModelRepository implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ModelRepository.class);

    private final List<ModelStore> stores;
    private final String configName;
    private final boolean configRequired;

    /**
     * A repository over some stores.
     *
     * @param stores where models are; one that is given twice counts once
     * @param configName the custom configuration to prefer, as {@code --model-config-name} names it; empty for none
     * @param configRequired whether a model without a configuration file is an error
     * @throws ModelRepositoryException if {@code configName} is no plain file name
     */
    public ModelRepository(List<ModelStore> stores, String configName, boolean configRequired) {
        if (configName.contains("/") || configName.contains("\\") || configName.equals("..")) {
            throw new ModelRepositoryException("model config name must be a plain name, got '" + configName + "'");
        }
        this.stores = List.copyOf(stores);
        this.configName = configName;
        this.configRequired = configRequired;
    }

    /**
     * Lists the models of all stores.
     *
     * @throws ModelRepositoryException if one of them cannot be read
     */
    public RepositoryScan scan() {
        SortedMap<String, List<StoredModel>> byName = new TreeMap<>();
        for (ModelStore store : differentStores()) {
            for (String model : store.list()) {
                byName.computeIfAbsent(model, _ -> new ArrayList<>(1)).add(new StoredModel(model, store));
            }
        }
        SortedMap<String, StoredModel> models = new TreeMap<>();
        SortedMap<String, String> conflicts = new TreeMap<>();
        byName.forEach((name, found) -> {
            if (found.size() == 1) {
                models.put(name, found.getFirst());
            } else {
                conflicts.put(name, conflict(name, found));
            }
        });
        return new RepositoryScan(models, conflicts);
    }

    private static String conflict(String name, List<StoredModel> found) {
        StringBuilder text = new StringBuilder("model '").append(name)
                .append("' is not unique: it is in more than one repository, remove or rename all but one of");
        for (StoredModel model : found) {
            text.append(' ').append(model.store().identity()).append('/').append(name);
        }
        return text.toString();
    }

    private Collection<ModelStore> differentStores() {
        Map<String, ModelStore> different = new LinkedHashMap<>();
        stores.forEach(store -> different.putIfAbsent(store.identity(), store));
        return different.values();
    }

    /**
     * Reads a model: its configuration and the versions to serve.
     *
     * @throws ModelConfigException if the configuration cannot be used
     * @throws ModelRepositoryException if there is no configuration but must be one, or no version
     */
    public RepositoryModel read(ModelDirectory model) {
        NavigableMap<Long, Path> available = VersionDirectories.list(model);
        return chooseVersions(model, available, readConfig(model, available));
    }

    /**
     * Reads a model with another configuration than its own.
     *
     * @param configJson the configuration in its JSON form
     * @throws ModelConfigException if it cannot be used
     * @throws ModelRepositoryException if there is no version
     */
    public RepositoryModel read(ModelDirectory model, String configJson) {
        NavigableMap<Long, Path> available = VersionDirectories.list(model);
        return chooseVersions(model, available, ModelConfigParser.parseJson(model.name(),
                "the 'config' of the load request", configJson, isInFirst(available)));
    }

    private static RepositoryModel chooseVersions(ModelDirectory model, NavigableMap<Long, Path> available,
            ModelConfig config) {
        NavigableMap<Long, Path> chosen = new TreeMap<>(available);
        chosen.keySet().retainAll(config.versionPolicy().choose(available.navigableKeySet()));
        config.versionPolicy().missing(available.navigableKeySet())
                .forEach(version -> LOG.warn("version {} of model '{}' is in its version policy but not in {}", version,
                        model.name(), model.path()));
        if (chosen.isEmpty()) {
            throw ModelRepositoryException.noVersion(
                    "at least one version must be available under the version policy of model '" + model.name() + "'");
        }
        return new RepositoryModel(model, config, chosen);
    }

    private ModelConfig readConfig(ModelDirectory model, NavigableMap<Long, Path> versions) {
        Path file = configFile(model);
        return ModelConfigParser.parse(model.name(), file.toString(), readText(model, file), isInFirst(versions));
    }

    /** Whether the version has a file of a name whose files tell the backend. */
    private static Predicate<String> isInFirst(NavigableMap<Long, Path> versions) {
        Path first = lexicallyFirst(versions);
        return name -> first != null && Files.exists(first.resolve(name));
    }

    private Path configFile(ModelDirectory model) {
        if (!configName.isEmpty()) {
            Path custom = model.path().resolve("configs").resolve(configName + ".pbtxt");
            if (Files.exists(custom)) {
                return custom;
            }
        }
        return model.path().resolve("config.pbtxt");
    }

    private String readText(ModelDirectory model, Path file) {
        try {
            if (!configRequired && !Files.exists(file)) {
                return "";
            }
            // not Files.readString: a byte that is not UTF-8 is allowed in a comment
            return new String(Files.readAllBytes(file), UTF_8);
        } catch (IOException e) {
            throw new ModelRepositoryException("failed to read the configuration of model '" + model.name() + "': " + e
                    + "; it must be a text file that can be read", e);
        }
    }

    /** The version whose files tell the backend: the first in the order of names, as in Triton; 10 comes before 2. */
    private static @Nullable Path lexicallyFirst(NavigableMap<Long, Path> versions) {
        Set<Path> sorted = new TreeSet<>(versions.values());
        return sorted.isEmpty() ? null : sorted.iterator().next();
    }

    /** Gives back what the stores hold. */
    @Override
    public void close() {
        stores.forEach(ModelStore::close);
    }
}
