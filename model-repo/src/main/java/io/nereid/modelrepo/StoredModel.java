package io.nereid.modelrepo;

/**
 * A model that one of the stores has.
 *
 * @param name its name
 * @param store where it is
 */
public record StoredModel(String name, ModelStore store) {
    /** What its files are now; see {@link ModelStore#contents}. */
    public ModelContents contents() {
        return store.contents(name);
    }

    /** Its files, for the caller to release; see {@link ModelStore#fetch}. */
    public ModelFiles fetch() {
        return store.fetch(name);
    }
}
