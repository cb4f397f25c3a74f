// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.config.Snapshot;
import java.util.List;

/** The page at {@code /}: what this is, how it is, and where the rest is. Static but for a few escaped words. */
final class AdminPage {

    private AdminPage() {}

    static String render(String version, Snapshot snapshot, List<Readiness.Check> checks) {
        StringBuilder rows = new StringBuilder();
        checks.forEach(check -> rows.append("<tr><td>")
                .append(escape(check.name()))
                .append("</td><td>")
                .append(check.ok() ? "ok" : "NOT OK")
                .append("</td><td>")
                .append(escape(check.detail()))
                .append("</td></tr>\n"));
        return """
                <!doctype html>
                <html lang="en">
                <head><meta charset="utf-8"><title>Penstock admin</title>
                <style>body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:44rem;padding:0 1rem}
                td{padding:.1rem 1rem .1rem 0}</style></head>
                <body>
                <h1>Penstock</h1>
                <p>Version %s, configuration %s, %d models, %d providers.</p>
                <table>
                %s</table>
                <ul>
                <li><a href="/readyz?verbose">/readyz?verbose</a>, <a href="/livez">/livez</a>, <a href="/startupz">/startupz</a></li>
                <li><a href="/metrics">/metrics</a></li>
                <li><a href="/admin/v1/config">/admin/v1/config</a></li>
                <li><a href="/admin/v1/capabilities">/admin/v1/capabilities</a></li>
                <li><a href="/admin/v1/cluster">/admin/v1/cluster</a></li>
                <li><a href="/admin/v1/usage?by=tenant,model">/admin/v1/usage</a>, <a href="/admin/v1/exchanges">/admin/v1/exchanges</a></li>
                <li><a href="/admin/v1/switches">/admin/v1/switches</a></li>
                <li>POST /admin/v1/config/reload</li>
                </ul>
                </body>
                </html>
                """.formatted(
                        escape(version),
                        escape(snapshot.version()),
                        snapshot.models().size(),
                        snapshot.providers().size(),
                        rows);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
