package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.ModelRepositoryException;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A prefix of a bucket, as Triton writes it (docs/model-repository.md).
 *
 * @param scheme {@code s3}, {@code gs} or {@code as}
 * @param endpoint the service's address, as {@code https://host:port}; empty for the provider's own
 * @param bucket the bucket's name, in Azure's words the container's
 * @param prefix what the names of all objects begin with: empty, or ending with a slash
 */
record ObjectLocation(String scheme, String endpoint, String bucket, String prefix) {
    private static final Pattern WITH_ENDPOINT = Pattern
            .compile("s3://(https?://)?([0-9a-zA-Z.-]+:[0-9]{1,5})/([^/]+)(/.*)?");
    private static final Pattern PLAIN = Pattern.compile("(s3|gs)://([^/:]+)(/.*)?");
    private static final Pattern AZURE = Pattern.compile("as://([0-9a-z][0-9a-z.-]*)/([^/]+)(/.*)?");
    private static final String AZURE_DOMAIN = ".blob.core.windows.net";
    private static final Pattern BUCKET = Pattern.compile("[0-9a-zA-Z][0-9a-zA-Z._-]{1,220}[0-9a-zA-Z]");

    /** @throws ModelRepositoryException if it is not written so */
    static ObjectLocation parse(String text) {
        Matcher endpoint = WITH_ENDPOINT.matcher(text);
        if (endpoint.matches()) {
            String protocol = endpoint.group(1) == null ? "http://" : endpoint.group(1);
            return of(text, "s3", protocol + endpoint.group(2), endpoint.group(3), endpoint.group(4));
        }
        Matcher plain = PLAIN.matcher(text);
        if (plain.matches()) {
            return of(text, plain.group(1), "", plain.group(2), plain.group(3));
        }
        Matcher azure = AZURE.matcher(text);
        if (azure.matches()) {
            return of(text, "as", azureEndpoint(azure.group(1)), azure.group(2), azure.group(3));
        }
        throw new ModelRepositoryException("model repository '" + text
                + "' is no location of an object store; expected s3://bucket/path, s3://host:port/bucket/path,"
                + " s3://https://host:port/bucket/path, gs://bucket/path or as://account/container/path");
    }

    /** The address of a storage account, which may be given by its name alone. */
    static String azureEndpoint(String account) {
        return "https://" + (account.contains(".") ? account : account + AZURE_DOMAIN);
    }

    private static ObjectLocation of(String text, String scheme, String endpoint, String bucket, String path) {
        if (!BUCKET.matcher(bucket).matches()) {
            throw new ModelRepositoryException("model repository '" + text + "': '" + bucket
                    + "' is no name of a bucket");
        }
        StringBuilder prefix = new StringBuilder();
        for (String name : (path == null ? "" : path).split("/", -1)) {
            if (name.equals(".") || name.equals("..")) {
                throw new ModelRepositoryException("model repository '" + text + "' must not contain '" + name + "'");
            }
            prefix.append(name).append(name.isEmpty() ? "" : "/");
        }
        return new ObjectLocation(scheme, endpoint, bucket, prefix.toString());
    }

    /** The same for all ways to write the same place. */
    String identity() {
        return scheme + "://" + (endpoint.isEmpty() ? "" : endpoint + "/") + bucket + "/" + prefix;
    }
}
