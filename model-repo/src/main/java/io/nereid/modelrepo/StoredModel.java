package io.nereid.modelrepo;

import io.nereid.modelrepo.identifier.ModelIdentifier;

/**
 * A model that one of the stores has.
 *
 * @param name its name
 * @param store where it is
 * @param namespace whose names are its own: the store's location; empty where all stores share one
 */
public record StoredModel(String name, ModelStore store, String namespace) {
    /** What it is called inside the server. */
    public String id() {
        return ModelIdentifier.of(namespace, name);
    }

    /** What its files are now; see {@link ModelStore#contents}. */
    public ModelContents contents() {
        return store.contents(name);
    }

    /** Its files, for the caller to release; see {@link ModelStore#fetch}. */
    public ModelFiles fetch() {
        return inNamespace(store.fetch(name));
    }

    /** What they say of it, for the caller to release; see {@link ModelStore#outline}. */
    public ModelOutline outline() {
        ModelOutline outline = store.outline(name);
        return new ModelOutline(inNamespace(outline.files()), outline.whole());
    }

    private ModelFiles inNamespace(ModelFiles files) {
        return namespace.isEmpty() ? files : files.inNamespace(namespace);
    }
}
