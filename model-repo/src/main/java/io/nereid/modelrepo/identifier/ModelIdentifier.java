package io.nereid.modelrepo.identifier;

/**
 * What a model is called inside the server: its name, or with model namespaces the namespace and the name, as
 * {@code /srv/models::resnet}. A namespace is the location of the model's repository, which has a slash in it as no name has.
 * Stateless.
 */
public final class ModelIdentifier {
    /** What no model's name has where there are namespaces. */
    public static final String SEPARATOR = "::";

    private ModelIdentifier() {}

    /** The identifier of a model; {@code namespace} is empty for none. */
    public static String of(String namespace, String name) {
        return namespace.isEmpty() ? name : namespace + SEPARATOR + name;
    }

    /** The name that clients know. */
    public static String name(String identifier) {
        String namespace = namespace(identifier);
        return namespace.isEmpty() ? identifier : identifier.substring(namespace.length() + SEPARATOR.length());
    }

    /** Empty if there is none. */
    public static String namespace(String identifier) {
        int at = identifier.lastIndexOf(SEPARATOR);
        return at < 0 || identifier.lastIndexOf('/', at) < 0 ? "" : identifier.substring(0, at);
    }
}
