package io.nereid.modelrepo;

import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.config.ModelConfigParser;
import io.nereid.modelrepo.config.VersionAlias;
import io.nereid.modelrepo.config.VersionFiles;
import io.nereid.modelrepo.identifier.ModelIdentifier;
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
import java.util.concurrent.ConcurrentSkipListMap;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The models of one or several stores, of which some may come and go. For all threads; keeps nothing but the stores,
 * which it closes.
 */
public final class ModelRepository implements AutoCloseable {

    private final List<ModelStore> stores;
    /** The stores that were there from the start stay: only what came later goes again. */
    private final Map<String, ModelStore> added = new ConcurrentSkipListMap<>();
    private final String configName;
    private final boolean configRequired;
    private final boolean namespaces;

    /** {@link #ModelRepository(List, String, boolean, boolean)} without namespaces. */
    public ModelRepository(List<ModelStore> stores, String configName, boolean configRequired) {
        this(stores, configName, configRequired, false);
    }

    /**
     * A repository over some stores.
     *
     * @param stores where models are; one that is given twice counts once
     * @param configName the custom configuration to prefer, as {@code --model-config-name} names it; empty for none
     * @param configRequired whether a model without a configuration file is an error
     * @param namespaces whether each store has names of its own, so that models of the same name can be served
     * @throws ModelRepositoryException if {@code configName} is no plain file name
     */
    public ModelRepository(List<ModelStore> stores, String configName, boolean configRequired, boolean namespaces) {
        if (configName.contains("/") || configName.contains("\\") || configName.equals("..")) {
            throw new ModelRepositoryException("model config name must be a plain name, got '" + configName + "'");
        }
        this.stores = List.copyOf(stores);
        this.configName = configName;
        this.configRequired = configRequired;
        this.namespaces = namespaces;
    }

    /**
     * Adds a store, whose models are there from now on.
     *
     * @return false, and nothing has changed, if that place is among the stores already
     * @throws ModelRepositoryException if the place cannot be read
     */
    public boolean add(ModelStore store) {
        String identity = store.identity();
        return stores.stream().noneMatch(known -> known.identity().equals(identity))
                && added.putIfAbsent(identity, store) == null;
    }

    /**
     * Takes a store out that {@link #add} has added, and closes it; what was loaded from it stays loaded.
     *
     * @return whether it was there
     */
    public boolean remove(ModelStore store) {
        boolean there = added.values().remove(store);
        if (there) {
            store.close();
        }
        return there;
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
                    .add(stored(model, store)));
            if (names.isEmpty()) {
                empty.add("model repository '" + store.location() + "' has no model: " + store.instead());
            }
        }
        return scan(byName, empty);
    }

    private StoredModel stored(String model, ModelStore store) {
        String place = store.location();
        return new StoredModel(model, store, !namespaces ? "" : place.contains("/") ? place : "./" + place);
    }

    /** Whether each store has names of its own. */
    public boolean hasNamespaces() {
        return namespaces;
    }

    /**
     * The ensemble whose steps name the namespaces of the models that they mean: the ensemble's own if that has such a
     * model, else the only one that has; none where none has, or several, and where there are no namespaces.
     *
     * @throws ModelRepositoryException if a repository cannot be read
     */
    public RepositoryModel resolved(RepositoryModel ensemble) {
        List<EnsembleConfig.Step> steps = ((EnsembleConfig) ensemble.config().scheduling()).steps();
        boolean plain = steps.stream().allMatch(step -> step.modelNamespace().isEmpty());
        return plain && !namespaces ? ensemble
                : ensemble.withConfig(ensemble.config().withStepNamespaces(steps.stream()
                        .map(step -> namespaceOfStep(ensemble.directory().namespace(), step.modelName())).toList()));
    }

    /**
     * The namespace of the model that such a step means.
     *
     * @return empty if none has it, or several have, and where there are no namespaces
     * @throws ModelRepositoryException if a repository cannot be read
     */
    public String namespaceOfStep(String ensembleNamespace, String model) {
        if (!namespaces) {
            return "";
        }
        List<String> found = scan(model).models().values().stream().map(StoredModel::namespace).toList();
        return found.contains(ensembleNamespace) ? ensembleNamespace : found.size() == 1 ? found.getFirst() : "";
    }

    private RepositoryScan scan(SortedMap<String, List<StoredModel>> byName, List<String> empty) {
        SortedMap<String, StoredModel> models = new TreeMap<>();
        SortedMap<String, String> conflicts = new TreeMap<>();
        byName.forEach((name, found) -> {
            if (namespaces && name.contains(ModelIdentifier.SEPARATOR)) {
                conflicts.put(name, "with model namespaces a model's name must not contain '"
                        + ModelIdentifier.SEPARATOR + "', got '" + name + "'");
            } else if (namespaces || found.size() == 1) {
                found.forEach(model -> models.put(model.id(), model));
            } else {
                conflicts.put(name, conflict(name, found));
            }
        });
        return new RepositoryScan(models, conflicts, empty);
    }

    /**
     * Looks for one model in all stores.
     *
     * @param model its name, or with namespaces its identifier
     * @return a scan that knows of no other, and of no empty repository
     * @throws ModelRepositoryException if one of them cannot be read
     */
    public RepositoryScan scan(String model) {
        String namespace = namespaces ? ModelIdentifier.namespace(model) : "";
        if (!namespace.isEmpty()) {
            RepositoryScan all = scan(ModelIdentifier.name(model));
            StoredModel found = all.models().get(model);
            return new RepositoryScan(
                    found == null ? Collections.emptySortedMap() : new TreeMap<>(Map.of(model, found)),
                    all.conflicts(), List.of());
        }
        List<StoredModel> found = differentStores().stream().filter(store -> store.has(model))
                .map(store -> stored(model, store)).toList();
        return scan(found.isEmpty() ? Collections.emptySortedMap() : new TreeMap<>(Map.of(model, found)),
                List.of());
    }

    private static String conflict(String name, List<StoredModel> found) {
        StringBuilder text = new StringBuilder("model '").append(name)
                .append("' is not unique: model appears in two or more repositories, remove or rename all but one of");
        for (StoredModel model : found) {
            text.append(' ').append(model.store().identity()).append('/').append(name);
        }
        return text.toString();
    }

    private Collection<ModelStore> differentStores() {
        Map<String, ModelStore> different = new LinkedHashMap<>();
        stores.forEach(store -> different.putIfAbsent(store.identity(), store));
        different.putAll(added);
        return different.values();
    }

    /**
     * Reads a model: its configuration and the versions to serve.
     *
     * @throws ModelConfigException if the configuration cannot be used
     * @throws ModelRepositoryException if there is no configuration but must be one, or no version
     */
    public RepositoryModel read(ModelDirectory model) {
        return read(model, Set.of());
    }

    /**
     * Reads a model to serve other versions of it than its policy takes.
     *
     * @param versions those to serve; empty for those of the policy
     * @throws ModelConfigException if the configuration cannot be used
     * @throws ModelRepositoryException if there is no configuration but must be one, or not each of the versions
     */
    public RepositoryModel read(ModelDirectory model, Set<Long> versions) {
        List<String> warnings = new ArrayList<>();
        NavigableMap<Long, Path> available = VersionDirectories.list(model, warnings);
        return chooseVersions(model, available, readConfig(model, available, warnings), versions, warnings);
    }

    /**
     * Reads a model with another configuration than its own.
     *
     * @param configJson the configuration in its JSON form
     * @throws ModelConfigException if it cannot be used
     * @throws ModelRepositoryException if there is no version
     */
    public RepositoryModel read(ModelDirectory model, String configJson) {
        return read(model, configJson, Set.of());
    }

    /** {@link #read(ModelDirectory, String)}, to serve other versions as {@link #read(ModelDirectory, Set)} says. */
    public RepositoryModel read(ModelDirectory model, String configJson, Set<Long> versions) {
        List<String> warnings = new ArrayList<>();
        NavigableMap<Long, Path> available = VersionDirectories.list(model, warnings);
        ModelConfig config = ModelConfigParser.parseJson(model.name(), "the 'config' of the load request", configJson,
                new FirstVersion(model, available));
        return chooseVersions(model, available, config, versions, warnings);
    }

    /** The same with a configuration that was read of it before. */
    public RepositoryModel read(ModelDirectory model, ModelConfig config, Set<Long> versions) {
        List<String> warnings = new ArrayList<>();
        return chooseVersions(model, VersionDirectories.list(model, warnings), config, versions, warnings);
    }

    private static RepositoryModel chooseVersions(ModelDirectory model, NavigableMap<Long, Path> available,
            ModelConfig config, Set<Long> named, List<String> warnings) {
        warnings.addAll(config.warnings());
        NavigableMap<Long, Path> chosen = named.isEmpty() ? ofPolicy(model, available, config, warnings)
                : ofNumbers(model, available, named);
        // A version that comes by itself may come before the others that an alias names.
        checkAliases(model, config, available, named.isEmpty() ? chosen : available);
        return new RepositoryModel(model, config, chosen, warnings);
    }

    private static void checkAliases(ModelDirectory model, ModelConfig config, NavigableMap<Long, Path> available,
            NavigableMap<Long, Path> served) {
        for (VersionAlias alias : config.versionAliases()) {
            String problem = alias.problem(available.navigableKeySet(), served.navigableKeySet());
            if (!problem.isEmpty()) {
                throw new ModelRepositoryException("model '" + model.name() + "': " + problem);
            }
        }
    }

    private static NavigableMap<Long, Path> ofNumbers(ModelDirectory model, NavigableMap<Long, Path> available,
            Set<Long> named) {
        NavigableMap<Long, Path> chosen = new TreeMap<>(available);
        chosen.keySet().retainAll(named);
        if (chosen.size() < named.size()) {
            Set<Long> missing = new TreeSet<>(named);
            missing.removeAll(chosen.keySet());
            throw ModelRepositoryException.noVersion("model '" + model.name() + "' has no version " + missing.iterator()
                    .next() + ": "
                    + (available.isEmpty() ? ModelLayout.noVersion(model.path())
                            : "its directory has the versions " + available.keySet()));
        }
        return chosen;
    }

    private static NavigableMap<Long, Path> ofPolicy(ModelDirectory model, NavigableMap<Long, Path> available,
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
        return chosen;
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
        String source = there ? file.toString() : model.path() + " (no config.pbtxt)";
        String text = there ? readText(model, file) : "";
        FirstVersion first = new FirstVersion(model, versions);
        return model.renamed() ? ModelConfigParser.parseRenamed(model.name(), source, text, first)
                : ModelConfigParser.parse(model.name(), source, text, first);
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
        added.values().forEach(ModelStore::close);
    }
}
