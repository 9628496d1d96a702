import { Outlet, Scripts } from 'react-router';

export default function App() {
  return (
    <html lang="en">
      <head>
        <script type="module" src={`${import.meta.env.VITE_GATEWAY}/try-it-on.js`} />
      </head>
      <body>
        <Outlet />
        <Scripts />
      </body>
    </html>
  );
}
