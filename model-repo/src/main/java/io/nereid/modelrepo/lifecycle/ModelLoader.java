package io.nereid.modelrepo.lifecycle;

/**
 * Loads the versions of one model.
 *
 * @param <M> what a loaded version is; closed by the lifecycle when its last user is done
 */
@FunctionalInterface
public interface ModelLoader<M extends AutoCloseable> {

    /**
     * Loads one version, which may take long. Different versions may be loaded at the same time.
     *
     * @throws Exception if the version cannot be served; its message is the reason that clients see. What had been
     *     opened until then is the loader's to close.
     */
    M load(long version) throws Exception;
}
