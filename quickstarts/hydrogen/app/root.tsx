import { Script, useNonce } from '@shopify/hydrogen';
import { Outlet, Scripts } from 'react-router';

export default function App() {
  const nonce = useNonce();
  return (
    <html lang="en">
      <head>
        <Script type="module" src={`${import.meta.env.VITE_GATEWAY}/try-it-on.js`} />
      </head>
      <body>
        <Outlet />
        <Scripts nonce={nonce} />
      </body>
    </html>
  );
}
