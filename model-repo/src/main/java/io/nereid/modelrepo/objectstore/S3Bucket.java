package io.nereid.modelrepo.objectstore;

import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A bucket of Amazon S3, or of any service that speaks its protocol. */
final class S3Bucket implements PagedBucket {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    /** Between two pieces of an object, not for all of it. */
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

    private final S3Client client;
    private final String name;

    private S3Bucket(S3Client client, String name) {
        this.client = client;
        this.name = name;
    }

    /**
     * A bucket; no connection is made yet.
     *
     * @param credentials what the file of credentials says for it; where it says nothing the environment does, then the
     *     SDK's own chain of profiles and roles, and at last the bucket is asked without credentials
     */
    static S3Bucket open(ObjectLocation place, Map<String, String> credentials, Map<String, String> environment) {
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(UrlConnectionHttpClient.builder().connectionTimeout(CONNECT_TIMEOUT)
                        .socketTimeout(READ_TIMEOUT).build())
                .credentialsProvider(provider(credentials, environment)).region(region(credentials, environment))
                .forcePathStyle(true).responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
        if (!place.endpoint().isEmpty()) {
            builder.endpointOverride(URI.create(place.endpoint()));
        }
        return new S3Bucket(builder.build(), place.bucket());
    }

    private static AwsCredentialsProvider provider(Map<String, String> file, Map<String, String> environment) {
        boolean inFile = !file.getOrDefault("key_id", "").isEmpty();
        String id = inFile ? file.getOrDefault("key_id", "") : environment.getOrDefault("AWS_ACCESS_KEY_ID", "");
        String secret = inFile ? file.getOrDefault("secret_key", "")
                : environment.getOrDefault("AWS_SECRET_ACCESS_KEY", "");
        String session = inFile ? file.getOrDefault("session_token", "")
                : environment.getOrDefault("AWS_SESSION_TOKEN", "");
        String profile = file.getOrDefault("profile", environment.getOrDefault("AWS_PROFILE", ""));
        if (!id.isEmpty() && !secret.isEmpty()) {
            return StaticCredentialsProvider.create(session.isEmpty() ? AwsBasicCredentials.create(id, secret)
                    : AwsSessionCredentials.create(id, secret, session));
        }
        DefaultCredentialsProvider.Builder chain = DefaultCredentialsProvider.builder();
        if (!profile.isEmpty()) {
            return chain.profileName(profile).build();
        }
        return AwsCredentialsProviderChain.of(chain.build(), AnonymousCredentialsProvider.create());
    }

    private static Region region(Map<String, String> file, Map<String, String> environment) {
        for (String region : List.of(file.getOrDefault("region", ""),
                environment.getOrDefault("AWS_DEFAULT_REGION", ""), environment.getOrDefault("AWS_REGION", ""))) {
            if (!region.isEmpty()) {
                return Region.of(region);
            }
        }
        return Region.US_EAST_1;
    }

    @Override
    public Page page(String prefix, boolean byFolder, String token) throws IOException {
        ListObjectsV2Request request = ListObjectsV2Request.builder().bucket(name).prefix(prefix)
                .delimiter(byFolder ? "/" : null).continuationToken(token.isEmpty() ? null : token).build();
        try {
            ListObjectsV2Response page = client.listObjectsV2(request);
            String next = page.nextContinuationToken();
            return new Page(
                    page.contents().stream().map(object -> new Item(object.key(), object.eTag(), object.size()))
                            .toList(),
                    page.commonPrefixes().stream().map(CommonPrefix::prefix).toList(), next == null ? "" : next);
        } catch (SdkException e) {
            throw error(e);
        }
    }

    @Override
    public void download(Item item, Path file) throws IOException {
        try {
            client.getObject(GetObjectRequest.builder().bucket(name).key(item.key()).ifMatch(item.tag()).build(),
                    ResponseTransformer.toFile(file));
        } catch (S3Exception e) {
            if (e.statusCode() == 412 || e.statusCode() == 404) {
                throw new ObjectChangedException(item.key());
            }
            throw error(e);
        } catch (SdkException e) {
            throw error(e);
        }
    }

    /** Only what the service calls its error: texts of services may repeat what was sent to them. */
    private IOException error(SdkException e) {
        if (!(e instanceof S3Exception answer)) {
            return new IOException("the object store did not answer: " + e.getMessage());
        }
        String code = answer.awsErrorDetails() == null ? "" : answer.awsErrorDetails().errorCode();
        String hint = switch (answer.statusCode()) {
            case 301, 307, 400 -> "; check the region (AWS_DEFAULT_REGION) and the endpoint";
            case 401, 403 -> "; check the credentials and what they may do (s3:ListBucket, s3:GetObject)";
            case 404 -> "; check the name of the bucket and the endpoint";
            default -> "";
        };
        return new IOException("bucket '" + name + "' answered " + answer.statusCode()
                + (code == null || code.isEmpty() ? "" : " " + code) + hint);
    }

    @Override
    public void close() {
        client.close();
    }
}
