package io.nereid.modelrepo.objectstore;

import com.sun.net.httpserver.HttpExchange;

import java.io.IOException;
import java.net.URLDecoder;
import java.util.Map;

import static java.nio.charset.StandardCharsets.UTF_8;

/** As much of Azure Blob Storage's REST interface as a model store needs. */
final class AzureServer extends ObjectServer {
    static final String ACCOUNT = "testaccount";
    private static final String ROOT = "/" + ACCOUNT + "/" + BUCKET;

    /** What the address of the account's blobs is. */
    String endpoint() {
        return "http://" + authority() + "/" + ACCOUNT;
    }

    @Override
    void answer(HttpExchange exchange, Map<String, String> query) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        String key = path.startsWith(ROOT + "/") ? URLDecoder.decode(path.substring(ROOT.length() + 1), UTF_8) : "";
        if (!key.isEmpty()) {
            beforeDownload.accept(key);
        }
        int instead = status.getAndSet(0);
        if (instead != 0) {
            exchange.getResponseHeaders().add("x-ms-error-code", "SomeCode");
            send(exchange, instead, "");
        } else if (path.equals("/metadata/identity/oauth2/token")) {
            send(exchange, "true".equals(exchange.getRequestHeaders().getFirst("Metadata")) ? 200 : 400,
                    "{\"access_token\":\"TOKEN\",\"expires_in\":\"86399\",\"resource\":\"x\"}");
        } else if (path.equals(ROOT) && "list".equals(query.get("comp"))) {
            list(exchange, query);
        } else if (!key.isEmpty()) {
            get(exchange, key);
        } else {
            exchange.getResponseHeaders().add("x-ms-error-code", "ContainerNotFound");
            send(exchange, 404, "");
        }
    }

    private void list(HttpExchange exchange, Map<String, String> query) throws IOException {
        Page page = page(query.getOrDefault("prefix", ""), query.getOrDefault("delimiter", ""),
                query.getOrDefault("marker", ""));
        StringBuilder text = new StringBuilder("\ufeff<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                + "<EnumerationResults ServiceEndpoint=\"x\"><Prefix>NextMarker</Prefix><Blobs>");
        page.items().forEach((key, stored) -> text.append("<Blob><Name>").append(escaped(key))
                .append("</Name><Properties><Etag>").append(stored.generation()).append("</Etag><Content-Length>")
                .append(stored.content().length()).append("</Content-Length><Content-MD5 />")
                .append(stored.content().equals("FOLDER") ? "<ResourceType>directory</ResourceType>" : "")
                .append("</Properties><Metadata><Name>x</Name>")
                .append(stored.content().equals("STUB") ? "<hdi_isfolder>true</hdi_isfolder>" : "")
                .append("</Metadata><Tags><Tag/></Tags></Blob>"));
        page.prefixes().forEach(prefix -> text.append("<BlobPrefix><Name>").append(escaped(prefix))
                .append("</Name></BlobPrefix>"));
        text.append("</Blobs><NextMarker>").append(escaped(page.next())).append("</NextMarker></EnumerationResults>");
        send(exchange, 200, text.toString());
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private void get(HttpExchange exchange, String key) throws IOException {
        Stored stored = objects().get(key);
        String wanted = exchange.getRequestHeaders().getFirst("If-Match");
        if (stored == null) {
            send(exchange, 404, "");
        } else if (!("\"" + stored.generation() + "\"").equals(wanted)) {
            send(exchange, 412, "");
        } else {
            send(exchange, 200, stored.content());
        }
    }
}
