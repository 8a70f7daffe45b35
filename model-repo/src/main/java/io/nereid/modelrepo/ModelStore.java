package io.nereid.modelrepo;

import java.util.SortedSet;

/**
 * One place where models are: a directory on this machine, or a prefix of a bucket in an object store. Thread-safe.
 * Every method may block for as long as the place takes to answer; none is for an event loop.
 */
public interface ModelStore extends AutoCloseable {
    /** What the place is called in messages: as whoever started the server named it. */
    String location();

    /**
     * The place itself, whatever it was called: two stores with the same one are the same place.
     *
     * @throws ModelRepositoryException if the place cannot be read
     */
    String identity();

    /**
     * The names of the models that are there now.
     *
     * @throws ModelRepositoryException if the place cannot be read
     */
    SortedSet<String> list();

    /** What there is where no model is, as a clause for people that says what was expected. */
    default String instead() {
        return "found nothing (expected objects as 'resnet/1/model.onnx')";
    }

    /**
     * Whether a model of that name is there now: whether {@link #list} has it, whatever else is there.
     *
     * @throws ModelRepositoryException if the place cannot be read
     */
    default boolean has(String model) {
        return list().contains(model);
    }

    /**
     * What the files of a model are now. Reads no more of them than is needed to see whether they have changed.
     *
     * @throws ModelRepositoryException if there is no such model, or it cannot be read
     */
    ModelContents contents(String model);

    /**
     * The files of a model on this machine's disk, all of one moment, for the caller to release. A store that has to
     * copy them copies whole files only.
     *
     * @throws ModelRepositoryException if there is no such model, or it cannot be read
     */
    ModelFiles fetch(String model);

    /**
     * The files of a model as far as they say what it is: its configurations, and what else lies in its own folder. A
     * store that has to copy files copies no others.
     *
     * @throws ModelRepositoryException if there is no such model, or it cannot be read
     */
    default ModelOutline outline(String model) {
        return new ModelOutline(fetch(model), true);
    }

    /** Gives back what the store holds. */
    @Override
    void close();
}
