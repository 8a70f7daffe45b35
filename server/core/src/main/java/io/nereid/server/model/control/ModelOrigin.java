package io.nereid.server.model.control;

import io.nereid.modelrepo.ModelContents;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a model was last loaded from.
 *
 * @param contents what the repository's files were then; UNKNOWN where the model is made of other files
 * @param config as it was read, before a backend completed it
 * @param overridden whether that was not simply what the repository has
 * @param alone the versions that come from elsewhere, each with where from
 * @param byVersion whether a version was loaded or unloaded by itself since, so that what is served is not what the
 *     version policy says
 */
record ModelOrigin(ModelContents contents, ModelConfig config, boolean overridden, Map<Long, ModelOrigin> alone,
        boolean byVersion) {
    /** The map is copied. */
    ModelOrigin {
        alone = Map.copyOf(alone);
    }

    /** Of all versions. */
    ModelOrigin(ModelContents contents, ModelConfig config, boolean overridden) {
        this(contents, config, overridden, Map.of(), false);
    }

    /** Of a model that is not what it should be: whatever is loaded next is loaded anew. */
    static ModelOrigin unsettled(ModelConfig config) {
        return new ModelOrigin(ModelContents.UNKNOWN, config, true);
    }

    /** Where a version comes from. */
    ModelOrigin of(long version) {
        return alone.getOrDefault(version, this);
    }

    /** The same, of what somebody has chosen version by version. */
    ModelOrigin chosenByVersion() {
        return new ModelOrigin(contents, config, overridden, alone, true);
    }

    /** After versions were loaded by themselves. */
    ModelOrigin withVersions(Set<Long> versions, ModelOrigin from) {
        return with(versions, from).chosenByVersion();
    }

    /** After a version was unloaded by itself. */
    ModelOrigin withoutVersion(long version) {
        Map<Long, ModelOrigin> left = new TreeMap<>(alone);
        left.remove(version);
        return new ModelOrigin(contents, config, overridden, left, true);
    }

    /** Where versions are not what a load that has otherwise succeeded should have made of them. */
    ModelOrigin withUnsettled(Set<Long> versions) {
        return versions.isEmpty() ? this : with(versions, unsettled(config));
    }

    private ModelOrigin with(Set<Long> versions, ModelOrigin from) {
        Map<Long, ModelOrigin> changed = new TreeMap<>(alone);
        versions.forEach(version -> changed.put(version, from));
        return new ModelOrigin(contents, config, overridden, changed, byVersion);
    }

    /** Whether the other configuration says the same. */
    boolean hasConfig(ModelOrigin other) {
        return config.equals(other.config);
    }

    /** Whether a version from here is what a load would make of it now, but for its instance groups. */
    boolean isSame(long version, ModelOrigin now) {
        return !overridden && !now.overridden && config.equalsButForInstances(now.config)
                && contents.ofAllVersions().equals(now.contents.ofAllVersions())
                && contents.ofVersion(version).equals(now.contents.ofVersion(version));
    }

    /** Whether the files of the repository were these. */
    boolean isFrom(ModelContents files) {
        return !contents.equals(ModelContents.UNKNOWN) && contents.equals(files);
    }
}
