package io.nereid.backend.python.environment;

import io.nereid.inference.InferenceException;

import java.nio.file.Path;

/** Where environments are that the server makes. Thread-safe. */
interface EnvironmentPlaces extends AutoCloseable {
    /** Makes an environment in a folder that is there and empty. */
    @FunctionalInterface
    interface Maker {
        void make(Path target) throws InferenceException;
    }

    /**
     * The folder of an environment, which is made unless it is there. Blocks that long.
     *
     * @param key what it is made of, as the name of a file
     * @throws InferenceException what the maker throws, or INTERNAL if there is no folder; nothing is left then
     */
    Path place(String key, Maker maker) throws InferenceException;

    /** Removes what goes with the server. */
    @Override
    void close();
}
