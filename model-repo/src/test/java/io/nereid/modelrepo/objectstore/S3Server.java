package io.nereid.modelrepo.objectstore;

import com.sun.net.httpserver.HttpExchange;

import java.io.IOException;
import java.util.Map;

/** As much of S3 as a model store needs: ListObjectsV2 and GetObject with a condition, for one key id. */
final class S3Server extends ObjectServer {
    static final String KEY_ID = "AKIATESTKEY";
    static final String SECRET = "very/secret+key";

    @Override
    void answer(HttpExchange exchange, Map<String, String> query) throws IOException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization == null || !authorization.startsWith("AWS4-HMAC-SHA256 Credential=" + KEY_ID + "/")
                || !authorization.matches(".*Signature=[0-9a-f]{64}")) {
            error(exchange, 403, "InvalidAccessKeyId");
            return;
        }
        String path = exchange.getRequestURI().getPath();
        if (!path.startsWith("/" + BUCKET)) {
            error(exchange, 404, "NoSuchBucket");
        } else if ("2".equals(query.get("list-type"))) {
            list(exchange, query);
        } else {
            get(exchange, path.substring(BUCKET.length() + 2));
        }
    }

    private static void error(HttpExchange exchange, int status, String code) throws IOException {
        send(exchange, status, "<Error><Code>" + code + "</Code><Message>" + SECRET + "</Message></Error>");
    }

    private void list(HttpExchange exchange, Map<String, String> query) throws IOException {
        Page page = page(query.getOrDefault("prefix", ""), query.getOrDefault("delimiter", ""),
                query.getOrDefault("continuation-token", ""));
        StringBuilder xml = new StringBuilder("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        page.items().forEach((key, stored) -> xml.append("<Contents><Key>").append(key).append("</Key><Size>")
                .append(stored.content().length()).append("</Size><ETag>").append(tag(stored))
                .append("</ETag></Contents>"));
        page.prefixes().forEach(
                prefix -> xml.append("<CommonPrefixes><Prefix>").append(prefix).append("</Prefix></CommonPrefixes>"));
        xml.append("<IsTruncated>").append(!page.next().isEmpty()).append("</IsTruncated>");
        if (!page.next().isEmpty()) {
            xml.append("<NextContinuationToken>").append(page.next()).append("</NextContinuationToken>");
        }
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        send(exchange, 200, xml.append("</ListBucketResult>").toString());
    }

    private static String tag(Stored stored) {
        return "&quot;e" + stored.generation() + "&quot;";
    }

    private void get(HttpExchange exchange, String key) throws IOException {
        beforeDownload.accept(key);
        Stored stored = objects().get(key);
        String wanted = exchange.getRequestHeaders().getFirst("If-Match");
        if (stored == null) {
            error(exchange, 404, "NoSuchKey");
        } else if (wanted != null && !wanted.equals("\"e" + stored.generation() + "\"")) {
            error(exchange, 412, "PreconditionFailed");
        } else {
            exchange.getResponseHeaders().set("ETag", "\"e" + stored.generation() + "\"");
            send(exchange, 200, stored.content());
        }
    }
}
