import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { catalogues } from "./scripts/catalogues.js";
import { earlyDocuments } from "./scripts/documents.js";
import { preloads } from "./scripts/preloads.js";

const api = process.env.WAYMARK_API ?? "http://127.0.0.1:8000";
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** What the first pages of both faces have in common. */
const SHARED = new RegExp(
  [
    "src/app/(App|Page|Routes|format|idle)\\.",
    "src/inbox/(Bell|operations|messages\\.en)\\.",
    "src/people/messages\\.en\\.",
    "src/settings/messages\\.en\\.",
    "src/api/(graphql|useChange)\\.",
    "src/sign-in/SignedInOnly\\.",
    "src/ui/(Card|days|useReturn)\\.",
    "@mantine/core/esm/components/(Avatar|Group|Indicator|Progress|SimpleGrid|ThemeIcon|VisuallyHidden)/",
    "@tabler/icons-react/.*/Icon(Bell|Devices|Eye|User)\\.",
  ].join("|"),
);

export default defineConfig(({ command }) => ({
  plugins: [
    react(),
    catalogues,
    earlyDocuments,
    preloads,
    {
      name: "pages-at-their-addresses",
      // What the server does in production: every address under /console is the console's page, and /sign-in the sign-in.
      configureServer: (server) => {
        server.middlewares.use((request, _response, next) => {
          if (/^\/console(?:[/?]|$)/.test(request.url ?? "")) request.url = "/console.html";
          if (/^\/sign-in(?:\?|$)/.test(request.url ?? "")) request.url = "/sign-in.html";
          next();
        });
      },
    },
  ],
  resolve: { alias: { "~": path("./src") } },
  // The server puts a nonce of its own into every page that it hands out.
  ...(command === "build" ? { html: { cspNonce: "__CSP_NONCE__" } } : {}),
  build: {
    target: "es2022",
    // Assets of former builds stay, so that a tab which was open before a release still finds its parts.
    emptyOutDir: false,
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Few parts instead of many small ones; each holds what its modules need, without what a part before it has. The
        // sign-in is made of the first three, Home of all, the console of all but the last; `scripts/finish.js` holds them to it.
        codeSplitting: {
          groups: [
            { name: "styles", priority: 5, test: /src\/sign-in\/styles\./ },
            { name: "first", priority: 5, test: /preload-helper|src\/(api\/(ask|session|view)|app\/reader|customer\/home\/days)\./ },
            { name: "react", priority: 4, test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: "start", priority: 3, test: /src\/(app\/(mount|Worded|messages\.en)|sign-in\/SignInPage)\./ },
            { name: "app", priority: 2, test: SHARED },
            { name: "home", priority: 1, test: /src\/customer\/begin\./ },
          ],
        },
      },
      input: { customer: path("./index.html"), signIn: path("./sign-in.html"), console: path("./console.html") },
    },
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    strictPort: true,
    proxy: {
      "^/(auth|v1|export|graphiql|dev|page\\.css|webhooks|metrics|livez|readyz)([/?]|$)": { target: api, changeOrigin: false },
      "/graphql": { target: api, ws: true, changeOrigin: false },
    },
  },
}));
