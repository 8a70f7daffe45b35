package io.nereid.server.ondemand;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.VersionAlias;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is known of a model by its files, without loading it.
 *
 * @param described what it is like, complete; null where only a load can tell, or it cannot be read
 * @param versions the versions that would be served, ascending
 * @param aliases its names for them
 * @param fileBytes the size of their files
 * @param steps the models that an ensemble is made of
 * @param keep whether it stays loaded once it is
 * @param safeNanos how long after its last request it has to stay while it keeps sequences; 0 for any other model
 * @param isUpload whether it came with a load request, and is in no repository
 */
record ModelSketch(String name, @Nullable ModelConfig described, List<Long> versions,
        List<VersionAlias> aliases, long fileBytes,
        Set<String> steps, boolean keep, long safeNanos, boolean isUpload) {
    ModelSketch {
        versions = List.copyOf(versions);
        aliases = List.copyOf(aliases);
        steps = Set.copyOf(steps);
    }

    /** Whether the model has an alias of that name. */
    boolean isAlias(String name) {
        return aliases.stream().anyMatch(alias -> alias.name().equals(name));
    }

    /**
     * The versions that a request means, ascending.
     *
     * @param asked a number, an alias, or empty
     */
    List<Long> versions(String asked) {
        if (asked.isEmpty()) {
            return versions;
        }
        for (VersionAlias alias : aliases) {
            if (alias.name().equals(asked)) {
                return versions(alias);
            }
        }
        return versions.stream().filter(version -> asked.equals(version.toString())).toList();
    }

    private List<Long> versions(VersionAlias alias) {
        Set<Long> meant = new TreeSet<>();
        alias.weights().forEach((version, weight) -> {
            if (weight.signum() > 0) {
                meant.add(version);
            }
        });
        if (alias.rest().signum() > 0) {
            versions.reversed().stream().filter(version -> !alias.weights().containsKey(version)).findFirst()
                    .ifPresent(meant::add);
        }
        return List.copyOf(meant);
    }

    /** Of one that cannot be read: whoever asks it is told why by its load. */
    static ModelSketch unreadable(String name) {
        return new ModelSketch(name, null, List.of(), List.of(), 0, Set.of(), false, 0, false);
    }

    /** The same, with what is known of it now. */
    ModelSketch described(ModelConfig config) {
        return new ModelSketch(name, config, versions, aliases, fileBytes, steps, keep, safeNanos, isUpload);
    }

    /** Of a model that is in no repository. */
    static ModelSketch ofUpload(String name) {
        return new ModelSketch(name, null, List.of(), List.of(), 0, Set.of(), true, 0, true);
    }
}
