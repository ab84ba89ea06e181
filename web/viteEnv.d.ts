// Types of what Vite lets us import: CSS modules and style sheets.
/// <reference types="vite/client" />
