package io.nereid.modelrepo.config;

/** What a configuration is completed from where it does not name a backend: the files of the model's first version. */
@FunctionalInterface
public interface VersionFiles {

    /** Whether there is a file or directory of that name. */
    boolean has(String name);

    /** What is there instead of a file that shows the backend, as a clause for people; empty if nobody knows. */
    default String instead() {
        return "";
    }
}
