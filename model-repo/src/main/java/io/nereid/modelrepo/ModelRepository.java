package io.nereid.modelrepo;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.modelrepo.config.VersionFiles;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The models of one or several stores. For all threads; keeps nothing but the stores, which it closes. */
public final class ModelRepository implements AutoCloseable {

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
        List<String> empty = new ArrayList<>(0);
        for (ModelStore store : differentStores()) {
            Set<String> names = store.list();
            names.forEach(model -> byName.computeIfAbsent(model, _ -> new ArrayList<>(1))
                    .add(new StoredModel(model, store)));
            if (names.isEmpty()) {
                empty.add("model repository '" + store.location() + "' has no model: " + store.instead());
            }
        }
        return scan(byName, empty);
    }

    private static RepositoryScan scan(SortedMap<String, List<StoredModel>> byName, List<String> empty) {
        SortedMap<String, StoredModel> models = new TreeMap<>();
        SortedMap<String, String> conflicts = new TreeMap<>();
        byName.forEach((name, found) -> {
            if (found.size() == 1) {
                models.put(name, found.getFirst());
            } else {
                conflicts.put(name, conflict(name, found));
            }
        });
        return new RepositoryScan(models, conflicts, empty);
    }

    /**
     * Looks for one model in all stores.
     *
     * @return a scan that knows of no other, and of no empty repository
     * @throws ModelRepositoryException if one of them cannot be read
     */
    public RepositoryScan scan(String model) {
        List<StoredModel> found = differentStores().stream().filter(store -> store.has(model))
                .map(store -> new StoredModel(model, store)).toList();
        return scan(found.isEmpty() ? Collections.emptySortedMap() : new TreeMap<>(Map.of(model, found)),
                List.of());
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
        List<String> warnings = new ArrayList<>();
        NavigableMap<Long, Path> available = VersionDirectories.list(model, warnings);
        return chooseVersions(model, available, readConfig(model, available, warnings), warnings);
    }

    /**
     * Reads a model with another configuration than its own.
     *
     * @param configJson the configuration in its JSON form
     * @throws ModelConfigException if it cannot be used
     * @throws ModelRepositoryException if there is no version
     */
    public RepositoryModel read(ModelDirectory model, String configJson) {
        List<String> warnings = new ArrayList<>();
        NavigableMap<Long, Path> available = VersionDirectories.list(model, warnings);
        ModelConfig config = ModelConfigParser.parseJson(model.name(), "the 'config' of the load request", configJson,
                new FirstVersion(model, available));
        return chooseVersions(model, available, config, warnings);
    }

    private static RepositoryModel chooseVersions(ModelDirectory model, NavigableMap<Long, Path> available,
            ModelConfig config, List<String> warnings) {
        NavigableMap<Long, Path> chosen = new TreeMap<>(available);
        chosen.keySet().retainAll(config.versionPolicy().choose(available.navigableKeySet()));
        config.versionPolicy().missing(available.navigableKeySet()).forEach(version -> warnings
                .add("version " + version + " is in version_policy, but there is no directory '" + version + "'"));
        if (chosen.isEmpty()) {
            throw ModelRepositoryException.noVersion(
                    "at least one version must be available under the version policy of model '" + model.name() + "': "
                            + (available.isEmpty() ? ModelLayout.noVersion(model.path())
                                    : "version_policy takes none of the versions that are there, "
                                            + available.keySet()));
        }
        warnings.addAll(config.warnings());
        return new RepositoryModel(model, config, chosen, warnings);
    }

    private ModelConfig readConfig(ModelDirectory model, NavigableMap<Long, Path> versions, List<String> warnings) {
        Path file = configFile(model);
        boolean there = Files.exists(file);
        if (!there) {
            String similar = ModelLayout.likeConfig(model.path());
            if (!similar.isEmpty()) {
                warnings.add("'" + similar + "' is not read (expected 'config.pbtxt'): rename it");
            }
            if (configRequired) {
                throw new ModelRepositoryException("failed to read the configuration of model '" + model.name()
                        + "': there is no " + file + (similar.isEmpty() ? "" : ", but '" + similar + "'")
                        + "; write one, or start the server without --disable-auto-complete-config");
            }
        }
        return ModelConfigParser.parse(model.name(), there ? file.toString() : model.path() + " (no config.pbtxt)",
                there ? readText(model, file) : "", new FirstVersion(model, versions));
    }

    /** The version whose files show the backend: the first in the order of names, as in Triton; 10 comes before 2. */
    private record FirstVersion(ModelDirectory model, NavigableMap<Long, Path> versions) implements VersionFiles {
        @Override
        public boolean has(String name) {
            Path first = directory();
            return first != null && Files.exists(first.resolve(name));
        }

        @Override
        public String instead() {
            Path first = directory();
            return first == null ? ModelLayout.noVersion(model.path()) : ModelLayout.noBackend(model.path(), first);
        }

        private @Nullable Path directory() {
            Set<Path> sorted = new TreeSet<>(versions.values());
            return sorted.isEmpty() ? null : sorted.iterator().next();
        }
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

    private static String readText(ModelDirectory model, Path file) {
        String why = ModelLayout.pointer(file);
        if (why.isEmpty()) {
            try {
                // not Files.readString: a byte that is not UTF-8 is allowed in a comment
                return new String(Files.readAllBytes(file), UTF_8);
            } catch (IOException e) {
                why = "could not be read: " + e + "; it must be a text file";
            }
        }
        throw new ModelRepositoryException(
                "failed to read the configuration of model '" + model.name() + "': " + file + " " + why);
    }

    /** Gives back what the stores hold. */
    @Override
    public void close() {
        stores.forEach(ModelStore::close);
    }
}
